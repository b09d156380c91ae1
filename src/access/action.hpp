#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nassaq::access {

/// What a person may do, or not, with a document or a folder. Those with a document are told of folders, too, and hold
/// for the documents in them.
enum class Action : std::uint8_t {
    document_read,
    document_write,
    document_delete,
    document_share,
    path_read,
    path_create,  ///< Put documents into it; with path_write, folders too.
    path_write,
    path_delete,
    path_share,
};

struct NamedAction {
    Action action;
    std::string_view name;  ///< As the table Actions has it.
};

inline constexpr auto all_actions = std::to_array<NamedAction>({
    {Action::document_read, "document.read"},
    {Action::document_write, "document.write"},
    {Action::document_delete, "document.delete"},
    {Action::document_share, "document.share"},
    {Action::path_read, "path.read"},
    {Action::path_create, "path.create"},
    {Action::path_write, "path.write"},
    {Action::path_delete, "path.delete"},
    {Action::path_share, "path.share"},
});

std::string_view name_of(Action action);
/// Nothing for a name that is none of ours: other programs may have actions of their own in the table.
std::optional<Action> find_action(std::string_view name);
/// Whether it is told of documents themselves, and not only of folders.
bool is_of_documents(Action action);

class ActionSet {
public:
    constexpr ActionSet() = default;
    static constexpr ActionSet all() {
        ActionSet set;
        set.bits_ = (1U << all_actions.size()) - 1U;
        return set;
    }

    constexpr void add(Action action) { bits_ |= bit_of(action); }
    [[nodiscard]] constexpr bool contains(Action action) const { return (bits_ & bit_of(action)) != 0; }
    [[nodiscard]] constexpr bool is_empty() const { return bits_ == 0; }
    friend constexpr bool operator==(ActionSet, ActionSet) = default;

private:
    static constexpr std::uint16_t bit_of(Action action) {
        return static_cast<std::uint16_t>(1U << static_cast<std::size_t>(action));
    }

    std::uint16_t bits_ = 0;
};

}  // namespace nassaq::access
