#include "groups/model.hpp"

#include "base/shown_name.hpp"
#include "base/text.hpp"

namespace nassaq::groups {

std::optional<std::string> tidy_group_name(std::string& name) {
    name = text::without_hidden_characters(name);
    if (text::has_control_character(name)) {
        return "Name must not contain control characters";
    }
    return std::nullopt;
}

}  // namespace nassaq::groups
