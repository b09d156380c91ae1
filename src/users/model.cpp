#include "users/model.hpp"

#include "base/text.hpp"

namespace nassaq::users {

std::optional<std::string> tidy_full_name(std::string& name) {
    name = text::capitalize_words(name);
    return std::nullopt;
}

}  // namespace nassaq::users
