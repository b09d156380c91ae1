#include "users/model.hpp"

#include "base/shown_name.hpp"
#include "base/text.hpp"

namespace nassaq::users {

std::optional<std::string> tidy_full_name(std::string& name) {
    name = text::capitalize_words(text::without_hidden_characters(name));
    if (text::has_control_character(name)) {
        return "Name must not contain control characters";
    }
    return std::nullopt;
}

std::optional<std::string> check_username(std::string& name) {
    if (text::has_control_character(name) || text::has_hidden_character(name)) {
        return "Username must not contain control or invisible characters";
    }
    return std::nullopt;
}

}  // namespace nassaq::users
