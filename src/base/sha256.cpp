#include "base/sha256.hpp"

#include "base/text.hpp"

namespace nassaq {

std::string Sha256::finish() {
    return text::to_hex(running_.finish());
}

}  // namespace nassaq
