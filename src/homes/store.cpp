#include "homes/store.hpp"

namespace nassaq::homes {

bool was_given_home(db::Session& session, std::int64_t user_id) {
    return session.find<std::int64_t>("SELECT user_id FROM Home_Folders WHERE user_id = ?", user_id).has_value();
}

std::optional<std::int64_t> find_home(db::Session& session, std::int64_t user_id) {
    return session.find<std::int64_t>("SELECT path_id FROM Home_Folders WHERE user_id = ? AND path_id IS NOT NULL",
                                      user_id);
}

void insert_home(db::Session& transaction, std::int64_t user_id, std::int64_t path_id) {
    transaction.execute("INSERT INTO Home_Folders (user_id, path_id) VALUES (?, ?)", user_id, path_id);
}

void leave_home(db::Session& transaction, std::int64_t user_id) {
    transaction.execute("UPDATE Home_Folders SET path_id = NULL WHERE user_id = ?", user_id);
}

std::optional<std::string> find_username(db::Session& session, std::int64_t user_id) {
    return session.find<std::string>("SELECT username FROM Users WHERE user_id = ?", user_id);
}

}  // namespace nassaq::homes
