#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../db/each_database.hpp"
#include "../support/database.hpp"
#include "access/reach.hpp"
#include "access/rights_cache.hpp"
#include "access/rights_store.hpp"

/// People, groups, roles, folders, documents and entries are made, changed and taken away at random. After each step
/// what the code says, of one document and of many, is compared with what the rule says, read here word for word from
/// what has been written down beside.
namespace nassaq::access {
namespace {

struct ModelEntry {
    bool is_persons = true;
    std::int64_t to = 0;  ///< A user or a group.
    bool is_at_document = false;
    std::int64_t place = 0;
    Action action = Action::document_read;
    bool is_allowed = true;
    bool is_inherited = false;
};

struct ModelDocument {
    std::int64_t doc_id = 0;
    std::int64_t owner = 0;
    std::int64_t path_id = 0;
};

struct ModelFolder {
    std::int64_t path_id = 0;
    std::string name;
};

struct ModelUser {
    std::int64_t user_id = 0;
    std::int64_t role_id = 0;
    std::vector<std::int64_t> groups;
};

/// What is in the database, as whoever has put it there knows it.
struct Model {
    std::vector<ModelUser> users;
    std::vector<ModelFolder> folders;
    std::vector<ModelDocument> documents;
    std::vector<ModelEntry> entries;
    std::vector<std::pair<std::int64_t, Action>> role_actions;

    [[nodiscard]] const ModelFolder& folder(std::int64_t path_id) const {
        return *std::ranges::find(folders, path_id, &ModelFolder::path_id);
    }

    /// The documents' folder, and those above it, the nearest first.
    [[nodiscard]] std::vector<std::int64_t> chain_of(std::int64_t path_id) const {
        std::vector<std::int64_t> chain;
        const std::string& name = folder(path_id).name;
        for (std::size_t length = name.size(); length > 0; --length) {
            for (const ModelFolder& candidate : folders) {
                const bool is_whole = length == name.size() || name[length] == '/';
                if (candidate.name != "/" && is_whole && candidate.name == name.substr(0, length)) {
                    chain.push_back(candidate.path_id);
                }
            }
        }
        chain.push_back(std::ranges::find(folders, "/", &ModelFolder::name)->path_id);
        return chain;
    }

    [[nodiscard]] std::optional<bool> says(const ModelUser& user, Action action, bool is_at_document,
                                           std::int64_t place) const {
        bool of_person[2] = {false, false};
        bool of_groups[2] = {false, false};
        for (const ModelEntry& entry : entries) {
            if (entry.is_inherited || entry.action != action || entry.is_at_document != is_at_document ||
                entry.place != place) {
                continue;
            }
            if (entry.is_persons && entry.to == user.user_id) of_person[entry.is_allowed ? 1 : 0] = true;
            const bool is_member = std::ranges::find(user.groups, entry.to) != user.groups.end();
            if (!entry.is_persons && is_member) of_groups[entry.is_allowed ? 1 : 0] = true;
        }
        if (of_person[0] || of_person[1]) return !of_person[0];
        if (of_groups[0] || of_groups[1]) return !of_groups[0];
        return std::nullopt;
    }

    [[nodiscard]] bool role_forbids(const ModelUser& user, Action action) const {
        bool has_any = false;
        for (const auto& [role_id, allowed] : role_actions) {
            if (role_id != user.role_id) continue;
            if (allowed == action) return false;
            has_any = true;
        }
        return has_any;
    }

    [[nodiscard]] bool may(const ModelUser& user, Action action, const ModelDocument& document) const {
        if (user.role_id == 99) return true;
        if (role_forbids(user, action)) return false;
        if (document.owner == user.user_id) return true;
        if (const auto said = says(user, action, true, document.doc_id)) return *said;
        return may_by_folders(user, action, document.path_id);
    }

    [[nodiscard]] bool may(const ModelUser& user, Action action, const ModelFolder& folder) const {
        if (user.role_id == 99) return true;
        return !role_forbids(user, action) && may_by_folders(user, action, folder.path_id);
    }

    [[nodiscard]] bool may_by_folders(const ModelUser& user, Action action, std::int64_t path_id) const {
        for (const std::int64_t folder : chain_of(path_id)) {
            if (const auto said = says(user, action, false, folder)) return *said;
        }
        return false;
    }
};

#ifdef NASSAQ_IS_SANITIZED
constexpr int steps = 1'000;
#else
constexpr int steps = 10'000;
#endif

class AccessModelTest : public db::EachDatabase {
protected:
    static constexpr auto roles = std::to_array<std::int64_t>({1, 99, 2, 3});

    void SetUp() override {
        EachDatabase::SetUp();
        if (IsSkipped()) return;
        db::migrate(database());
        execute("DELETE FROM Group_Permissions");  // The entries that an installation begins with.
        for (const std::int64_t role : {2, 3}) {
            execute("INSERT INTO Roles (role_id, role_name) VALUES (?, ?)", role, std::to_string(role));
        }
        execute(
            "INSERT INTO Actions (action_id, action_name, entity_type) VALUES (1000, 'document.print', 'document')");
        model_.folders.push_back({.path_id = 1, .name = "/"});
        everyone_ = count("SELECT group_id FROM User_Groups WHERE is_everyone = ?", true);
        for (int i = 0; i < 4; ++i) add_group();
        for (int i = 0; i < 5; ++i) add_user();
        for (int i = 0; i < 6; ++i) add_folder();
    }

    void execute(std::string_view sql, const auto&... values) {
        database().transaction([&](db::Session& session) { session.execute(sql, values...); });
    }
    std::int64_t count(std::string_view sql, const auto&... values) {
        return database().read([&](db::Session& session) { return session.get<std::int64_t>(sql, values...); });
    }
    std::int64_t insert(std::string_view table, std::string_view id, std::initializer_list<db::ColumnValue> fields) {
        return database().transaction([&](db::Session& session) { return session.insert(table, id, fields); });
    }

    std::size_t any(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
    bool perhaps(double chance) { return std::bernoulli_distribution(chance)(random_); }
    template <class T>
    auto& one_of(T& things) {
        return things[any(things.size())];
    }

    void add_user() {
        const std::int64_t id = database().transaction(
            [&](db::Session& session) { return test::add_user(session, "user" + std::to_string(++names_)); });
        model_.users.push_back({.user_id = id, .role_id = 1, .groups = {everyone_}});
        execute("UPDATE Users SET role_id = 1 WHERE user_id = ?", id);
    }

    void add_group() {
        const std::string name = "group" + std::to_string(++names_);
        groups_.push_back(
            insert("User_Groups", "group_id", {{"group_name", name}, {"is_everyone", false}, {"created_at", now()}}));
    }

    void add_folder() {
        const std::string& above = one_of(model_.folders).name;
        const std::string name = (above == "/" ? "" : above + "/") + "f" + std::to_string(++names_);
        model_.folders.push_back(
            {.path_id = insert("Virtual_Paths", "path_id", {{"full_path", name}, {"created_at", now()}, {"depth", 1}}),
             .name = name});
    }

    void add_document() {
        const std::int64_t owner = one_of(model_.users).user_id;
        const std::int64_t folder = one_of(model_.folders).path_id;
        const std::int64_t id = insert("Documents", "doc_id",
                                       {{"filename", "d" + std::to_string(++names_)},
                                        {"path_id", folder},
                                        {"uploaded_by_user_id", owner},
                                        {"uploaded_at", now()}});
        model_.documents.push_back({.doc_id = id, .owner = owner, .path_id = folder});
    }

    void move_document() {
        ModelDocument& document = one_of(model_.documents);
        document.path_id = one_of(model_.folders).path_id;
        execute("UPDATE Documents SET path_id = ? WHERE doc_id = ?", document.path_id, document.doc_id);
    }

    void hand_over() {
        ModelDocument& document = one_of(model_.documents);
        document.owner = one_of(model_.users).user_id;
        execute("UPDATE Documents SET uploaded_by_user_id = ? WHERE doc_id = ?", document.owner, document.doc_id);
    }

    /// With all below it, to another place.
    void move_folder() {
        const std::string from = one_of(model_.folders).name;
        const std::string above = one_of(model_.folders).name;
        if (from == "/" || above == from || above.starts_with(from + "/")) return;
        const std::string to = (above == "/" ? "" : above + "/") + "m" + std::to_string(++names_);
        for (ModelFolder& folder : model_.folders) {
            if (folder.name != from && !folder.name.starts_with(from + "/")) continue;
            folder.name = to + folder.name.substr(from.size());
            execute("UPDATE Virtual_Paths SET full_path = ? WHERE path_id = ?", folder.name, folder.path_id);
        }
    }

    void change_role() {
        ModelUser& user = one_of(model_.users);
        user.role_id = roles[any(roles.size())];
        execute("UPDATE Users SET role_id = ? WHERE user_id = ?", user.role_id, user.user_id);
    }

    void change_role_actions() {
        const std::int64_t role = roles[2 + any(2)];
        if (perhaps(0.3)) {
            std::erase_if(model_.role_actions, [&](const auto& row) { return row.first == role; });
            execute("DELETE FROM Role_Actions WHERE role_id = ?", role);
            return;
        }
        const NamedAction& action = all_actions[any(all_actions.size())];
        const std::pair row{role, action.action};
        if (std::ranges::find(model_.role_actions, row) != model_.role_actions.end()) return;
        model_.role_actions.push_back(row);
        execute("INSERT INTO Role_Actions (role_id, action_id) SELECT ?, action_id FROM Actions WHERE action_name = ?",
                role, action.name);
    }

    void change_membership() {
        ModelUser& user = one_of(model_.users);
        const std::int64_t group = one_of(groups_);
        if (std::erase(user.groups, group) > 0) {
            execute("DELETE FROM Group_Members WHERE group_id = ? AND user_id = ?", group, user.user_id);
        } else {
            user.groups.push_back(group);
            execute("INSERT INTO Group_Members (group_id, user_id) VALUES (?, ?)", group, user.user_id);
        }
    }

    ModelEntry random_entry() {
        ModelEntry entry{.is_persons = perhaps(0.5),
                         .to = 0,
                         .is_at_document = perhaps(0.3) && !model_.documents.empty(),
                         .place = 0,
                         .action = all_actions[any(all_actions.size())].action,
                         .is_allowed = perhaps(0.6),
                         .is_inherited = false};
        // Most are about what most of the checks are.
        if (perhaps(0.5)) entry.action = Action::document_read;
        entry.to = entry.is_persons ? one_of(model_.users).user_id : perhaps(0.2) ? everyone_ : one_of(groups_);
        entry.place = entry.is_at_document ? one_of(model_.documents).doc_id : one_of(model_.folders).path_id;
        entry.is_inherited = entry.is_persons && perhaps(0.2);
        return entry;
    }

    bool is_known(const ModelEntry& entry) const {
        return std::ranges::any_of(model_.entries, [&](const ModelEntry& known) {
            return !entry.is_persons && !known.is_persons && known.to == entry.to && known.place == entry.place &&
                   known.is_at_document == entry.is_at_document && known.action == entry.action &&
                   known.is_allowed == entry.is_allowed;
        });
    }

    void add_entry() {
        const ModelEntry entry = random_entry();
        if (is_known(entry)) return;
        model_.entries.push_back(entry);
        const std::string_view kind = entry.is_at_document ? "document" : "path";
        if (entry.is_persons) {
            execute(
                "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, "
                "is_inherited) SELECT ?, action_id, ?, ?, ?, ? FROM Actions WHERE action_name = ?",
                entry.to, entry.place, kind, entry.is_allowed, entry.is_inherited, name_of(entry.action));
        } else {
            execute(
                "INSERT INTO Group_Permissions (group_id, action_id, entity_id, entity_type, is_allowed) "
                "SELECT ?, action_id, ?, ?, ? FROM Actions WHERE action_name = ?",
                entry.to, entry.place, kind, entry.is_allowed, name_of(entry.action));
        }
    }

    void remove_entries_of_a_place() {
        if (model_.entries.empty()) return;
        const ModelEntry chosen = one_of(model_.entries);
        std::erase_if(model_.entries, [&](const ModelEntry& entry) {
            return entry.is_at_document == chosen.is_at_document && entry.place == chosen.place;
        });
        const std::string_view kind = chosen.is_at_document ? "document" : "path";
        for (const std::string table : {"Individual_Permissions", "Group_Permissions"}) {
            execute("DELETE FROM " + table + " WHERE entity_type = ? AND entity_id = ?", kind, chosen.place);
        }
    }

    /// Of other programs, or of things that are gone.
    void add_what_means_nothing() {
        execute(
            "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
            "VALUES (?, 1000, 1, 'path', ?, ?)",
            one_of(model_.users).user_id, true, false);
        execute(
            "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
            "SELECT ?, action_id, 987654, 'path', ?, ? FROM Actions WHERE action_name = 'document.read'",
            one_of(model_.users).user_id, true, false);
    }

    void take_step() {
        switch (any(16)) {
            case 0:
                if (model_.folders.size() < 30) add_folder();
                break;
            case 1:
            case 2:
                if (model_.documents.size() < 60) add_document();
                break;
            case 3:
                if (!model_.documents.empty()) move_document();
                break;
            case 4:
                if (!model_.documents.empty()) hand_over();
                break;
            case 5:
                move_folder();
                break;
            case 6:
                change_role();
                break;
            case 7:
                change_role_actions();
                break;
            case 8:
            case 9:
                change_membership();
                break;
            case 10:
                remove_entries_of_a_place();
                break;
            case 11:
                if (perhaps(0.01)) add_what_means_nothing();
                break;
            default:
                add_entry();
        }
    }

    std::shared_ptr<const Rights> rights_of(const ModelUser& user) {
        return database().read([&](db::Session& session) {
            const auto version = session.get<Version>("SELECT v.entries, v.folders FROM Access_Version v");
            const Person person{.user_id = user.user_id, .role_id = user.role_id, .is_admin = user.role_id == 99};
            return cache_.rights_of(session, person, version);
        });
    }

    std::vector<std::int64_t> readable(const Rights& rights) {
        return database().read([&](db::Session& session) {
            const auto folders = session.query<Folder>("SELECT path_id, full_path FROM Virtual_Paths");
            const auto condition = readable_by(rights.reach_into(folders, {}), session.dialect(), "d");
            return session.query_with<std::int64_t>(
                "SELECT d.doc_id FROM Documents d WHERE " + condition.sql + " ORDER BY d.doc_id", condition.values);
        });
    }

    /// Of somebody, all documents and folders; what is wrong, if anything.
    void check(const ModelUser& user) {
        const auto rights = rights_of(user);
        std::vector<std::int64_t> expected;
        for (const ModelDocument& document : model_.documents) {
            const DocumentPlace place{.doc_id = document.doc_id,
                                      .owner_id = document.owner,
                                      .full_path = model_.folder(document.path_id).name};
            for (const NamedAction& action : all_actions) {
                ASSERT_EQ(rights->may(action.action, place), model_.may(user, action.action, document)) << action.name;
            }
            if (model_.may(user, Action::document_read, document)) expected.push_back(document.doc_id);
        }
        for (const ModelFolder& folder : model_.folders) {
            for (const NamedAction& action : all_actions) {
                ASSERT_EQ(rights->may(action.action, folder.name), model_.may(user, action.action, folder))
                    << action.name << " " << folder.name;
            }
        }
        ASSERT_EQ(readable(*rights), expected);
    }

    RightsCache cache_{3};  // Fewer than there are people.
    Model model_;
    std::vector<std::int64_t> groups_;
    std::int64_t everyone_ = 0;
    int names_ = 0;
    std::mt19937 random_{20261130};
};

TEST_P(AccessModelTest, SaysWhatTheRuleSaysAfterEachStep) {
    int readable_of_others = 0;
    for (int step = 0; step < steps; ++step) {
        take_step();
        const ModelUser& user = one_of(model_.users);
        ASSERT_NO_FATAL_FAILURE(check(user)) << "step " << step;
        for (const ModelDocument& document : model_.documents) {
            readable_of_others += user.role_id != 99 && document.owner != user.user_id &&
                                  model_.may(user, Action::document_read, document);
        }
    }
    EXPECT_GT(readable_of_others, steps) << "the steps have to lead somewhere";
}

INSTANTIATE_TEST_SUITE_P(Databases, AccessModelTest, db::each_dialect(), db::dialect_of);

}  // namespace
}  // namespace nassaq::access
