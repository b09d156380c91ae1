#include "base/version.hpp"

namespace nassaq {

std::string_view version() {
    return NASSAQ_VERSION;
}

}  // namespace nassaq
