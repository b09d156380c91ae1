#include "access/action.hpp"

#include <algorithm>

namespace nassaq::access {

std::string_view name_of(Action action) {
    return std::ranges::find(all_actions, action, &NamedAction::action)->name;
}

std::optional<Action> find_action(std::string_view name) {
    const auto* found = std::ranges::find(all_actions, name, &NamedAction::name);
    return found == all_actions.end() ? std::nullopt : std::optional(found->action);
}

bool is_of_documents(Action action) {
    return action <= Action::document_share;
}

}  // namespace nassaq::access
