#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/action.hpp"
#include "access/reach.hpp"

/// Who may do what: the one rule that everything goes by (docs/access.md has its truth table).
namespace nassaq::access {

/// Of whom it is asked.
struct Person {
    std::int64_t user_id = 0;
    std::optional<std::int64_t> role_id;
    bool is_admin = false;

    friend bool operator==(const Person&, const Person&) = default;
};

/// What of a document its rights depend on.
struct DocumentPlace {
    std::int64_t doc_id = 0;
    std::int64_t owner_id = 0;
    std::string_view full_path;  ///< Of the folder that it is in.
};

/// What entries at one place, a document or a folder, say to a person and to the groups that he is in.
struct PlaceRules {
    ActionSet allowed_to_person;
    ActionSet denied_to_person;
    ActionSet allowed_to_groups;
    ActionSet denied_to_groups;

    /// A person's entry goes before a group's, and a denial before a permission. Nothing: the place does not say.
    [[nodiscard]] std::optional<bool> says(Action action) const;
};

/// An entry as the database has it.
struct Entry {
    std::optional<std::int64_t> doc_id;  ///< Or the folder:
    std::string full_path;
    Action action = Action::document_read;
    bool is_allowed = false;
    bool is_persons = false;  ///< And not a group's.
};

enum class Ground {
    administrator,
    role,   ///< The role does not have the action.
    owner,  ///< It is his document.
    entry,
    nothing,  ///< Nobody has said so.
};

struct Folder {
    std::int64_t path_id = 0;
    std::string full_path;
};
BOOST_DESCRIBE_STRUCT(Folder, (), (path_id, full_path))

/// All folders that there are, and those of them that govern (audiences.hpp).
struct Folders {
    std::vector<Folder> all;
    std::vector<Folder> governing;
};

/// Whether somebody may, and why.
struct Decision {
    bool is_allowed = false;
    Ground ground = Ground::nothing;
    bool is_at_document = false;   ///< Where the entry is that has decided: at the document itself, or
    std::string_view full_path{};  ///< at this folder. A view of what was asked about.
};

/// All that one person may do, as it was at a moment. Safe to use from several threads.
class Rights {
public:
    /// @param ceiling  what the person's role may do at all. @param entries  those to the person, and to groups of
    /// theirs.
    Rights(const Person& person, ActionSet ceiling, const std::vector<Entry>& entries);

    [[nodiscard]] Decision decide(Action action, const DocumentPlace& document) const;
    [[nodiscard]] Decision decide(Action action, std::string_view full_path) const;
    [[nodiscard]] bool may(Action action, const DocumentPlace& document) const {
        return decide(action, document).is_allowed;
    }
    [[nodiscard]] bool may(Action action, std::string_view full_path) const {
        return decide(action, full_path).is_allowed;
    }
    /// Whether he may do this with what is his own: the role can forbid it.
    [[nodiscard]] bool may_own(Action action) const;
    /// Whether there is a folder or a document that he may do this with without owning it: false where no entry says
    /// so.
    [[nodiscard]] bool may_anywhere(Action action) const;

    [[nodiscard]] const Person& person() const { return person_; }
    /// Which documents he may read. @param folders  all that there are @param governing  those that do (audiences.hpp)
    [[nodiscard]] Reach reach_into(std::span<const Folder> folders, std::span<const Folder> governing) const;
    /// Whether reach_into() needs the folders: only where an entry at one of them lets him read.
    [[nodiscard]] bool reaches_into_folders() const;

    /// What reach_into() gives, made once by whoever asks first. @param read_folders  asked only where it needs them
    std::shared_ptr<const Reach> reach(const std::function<Folders()>& read_folders) const;

private:
    struct KeptReach {
        std::mutex mutex;
        std::shared_ptr<const Reach> reach;
    };

    /// So that a view is looked up without making a text of it.
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    /// What the person is, whatever the thing is. Nothing: it depends on that.
    [[nodiscard]] std::optional<Decision> decide_by_person(Action action) const;
    /// What the nearest folder that says anything says.
    [[nodiscard]] Decision decide_by_folders(Action action, std::string_view full_path) const;
    /// The ids, in order, of those whose documents he may read.
    [[nodiscard]] std::vector<std::int64_t> readable_among(std::span<const Folder> folders) const;

    Person person_;
    ActionSet ceiling_;
    ActionSet allowed_somewhere_;
    std::unordered_map<std::string, PlaceRules, TextHash, std::equal_to<>> folders_;
    std::unordered_map<std::int64_t, PlaceRules> documents_;
    std::shared_ptr<KeptReach> kept_reach_ = std::make_shared<KeptReach>();
};

/// The folder above, whether there is a row of it or not; nothing above the root, which is "/".
std::optional<std::string_view> folder_above(std::string_view full_path);

}  // namespace nassaq::access
