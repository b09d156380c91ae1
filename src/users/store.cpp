#include "users/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <chrono>
#include <string_view>

#include "api/caller.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"
#include "db/dialect.hpp"

namespace nassaq::users {
namespace {

constexpr std::string_view select_users =
    "SELECT u.user_id, u.full_name, u.email, u.username, r.role_name, u.is_active, u.created_at "
    "FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id ";

/// A constraint that the platform has left unnamed has a name of the database's own making; then the message tells by
/// the value that it complains of.
Taken taken_by(const db::Error& error, const std::optional<std::string>& email) {
    if (error.is_unique_violation_of("email")) {
        return Taken::email;
    }
    const bool names_value = email && std::string_view(error.what()).find("(" + *email + ")") != std::string_view::npos;
    return names_value && !error.is_unique_violation_of("username") ? Taken::email : Taken::username;
}

/// UTF-16 units: RFC 5321, 4.5.3.1, 64 before the @ and 255 behind it.
constexpr std::size_t longest_email = 320;

constexpr std::string_view where_user_id = "WHERE u.user_id = ?";

/// SQL Server locks the whole table from 5,000 rows on, and SQLite has one writer.
constexpr std::size_t rows_at_a_time = 2'000;

struct AuditRow {
    std::int64_t log_id = 0;
    Timestamp time;
};
BOOST_DESCRIBE_STRUCT(AuditRow, (), (log_id, time))

bool is_any(db::Session& session, const std::string& rows, std::int64_t user_id) {
    return session.get<std::int64_t>("SELECT CASE WHEN EXISTS (SELECT 1 " + rows + ") THEN 1 ELSE 0 END", user_id) == 1;
}

/// Whether something refers to the user that is not removed with the account.
bool has_related_records(db::Session& session, std::int64_t user_id, const db::ForeignKeyList& foreign_keys) {
    return is_any(session, "FROM Documents WHERE uploaded_by_user_id = ?", user_id) ||
           is_any(session, "FROM Individual_Permissions WHERE user_id = ?", user_id) ||
           std::ranges::any_of(foreign_keys, [&](const db::ForeignKey& key) {
               return db::is_same_table(key.referenced_table, "Users") && is_any(session, key.rows, user_id);
           });
}

/// Has the oldest of what the user has in the trash go for good, since nobody is left to bring it back.
/// @return how many documents.
std::size_t expire_oldest_trash(db::Session& session, std::int64_t user_id) {
    const Timestamp time = now();
    const auto ids = session.query_page<std::int64_t>(
        "SELECT doc_id FROM Trashed_Documents WHERE uploaded_by_user_id = ? AND purge_at > ? ORDER BY doc_id",
        {.limit = static_cast<std::int64_t>(rows_at_a_time)}, user_id, time);
    if (!ids.empty()) {
        session.execute(
            "UPDATE Trashed_Documents SET purge_at = ? WHERE uploaded_by_user_id = ? AND purge_at > ? "
            "AND doc_id >= ? AND doc_id <= ?",
            time, user_id, time, ids.front(), ids.back());
    }
    return ids.size();
}

/// Takes the user's name off the oldest rows of the audit log that have it. @return how many were looked at.
std::size_t disown_oldest_audit_rows(db::Session& session, std::int64_t user_id) {
    const auto rows = session.query_page<AuditRow>(
        "SELECT log_id, log_timestamp FROM Logs WHERE user_id = ? ORDER BY log_timestamp, log_id",
        {.limit = rows_at_a_time}, user_id);
    if (!rows.empty()) {
        // By its time too, for that is the index's order; a database may keep a coarser one than it tells.
        constexpr std::chrono::milliseconds coarseness{10};
        session.execute("UPDATE Logs SET user_id = NULL WHERE user_id = ? AND log_timestamp <= ? AND log_id <= ?",
                        user_id, rows.back().time + coarseness, std::ranges::max(rows, {}, &AuditRow::log_id).log_id);
    }
    return rows.size();
}

}  // namespace

std::optional<UserResponse> find_user(db::Session& session, std::int64_t user_id) {
    return session.find<UserResponse>(std::string(select_users).append(where_user_id), user_id);
}

UserResponse get_user(db::Session& transaction, std::int64_t user_id) {
    return transaction.get<UserResponse>(std::string(select_users).append(where_user_id), user_id);
}

std::optional<Credentials> find_credentials(db::Session& session, const std::string& email) {
    if (text::count_utf16_units(email) > longest_email) {
        return std::nullopt;  // SQL Server would be sent a text of a type that it compares with nothing.
    }
    return session.find<Credentials>("SELECT user_id, password_hash, is_active, role_id FROM Users WHERE " +
                                         db::equals_ignoring_case(session.dialect(), "email"),
                                     email);
}

std::optional<Credentials> find_credentials(db::Session& session, std::int64_t user_id) {
    return session.find<Credentials>("SELECT user_id, password_hash, is_active, role_id FROM Users WHERE user_id = ?",
                                     user_id);
}

std::optional<Credentials> lock_credentials(db::Session& transaction, std::int64_t user_id) {
    const db::Dialect dialect = transaction.dialect();
    return transaction.find<Credentials>(
        fmt::format("SELECT user_id, password_hash, is_active, role_id FROM Users{} WHERE user_id = ?{}",
                    dialect == db::Dialect::mssql ? " WITH (UPDLOCK, ROWLOCK)" : "",
                    dialect == db::Dialect::postgres ? " FOR NO KEY UPDATE" : ""),
        user_id);
}

std::vector<UserResponse> list_users(db::Session& session, std::optional<bool> is_active, db::Paging page) {
    const std::string order = "ORDER BY u.created_at, u.user_id";
    if (is_active) {
        return session.query_page<UserResponse>(std::string(select_users) + "WHERE u.is_active = ? " + order, page,
                                                *is_active);
    }
    return session.query_page<UserResponse>(std::string(select_users) + order, page);
}

bool is_email_taken(db::Session& session, const std::string& email) {
    return session
        .find<std::int64_t>("SELECT user_id FROM Users WHERE " + db::equals_ignoring_case(session.dialect(), "email"),
                            email)
        .has_value();
}

bool is_username_taken(db::Session& session, const std::string& username) {
    return session
        .find<std::int64_t>(
            "SELECT user_id FROM Users WHERE " + db::equals_ignoring_case(session.dialect(), "username"), username)
        .has_value();
}

bool role_exists(db::Session& session, std::int64_t role_id) {
    return session.find<std::int64_t>("SELECT role_id FROM Roles WHERE role_id = ?", role_id).has_value();
}

std::int64_t count_other_active_admins(db::Session& session, std::int64_t user_id) {
    return session.get<std::int64_t>("SELECT COUNT(*) FROM Users WHERE role_id = ? AND is_active = ? AND user_id <> ?",
                                     api::admin_role_id, true, user_id);
}

std::expected<std::int64_t, Taken> insert_user(db::Session& session, const NewUser& user) {
    try {
        return session.insert("Users", "user_id",
                              {{"username", user.username},
                               {"full_name", user.full_name},
                               {"email", user.email},
                               {"password_hash", user.password_hash},
                               {"created_at", now()},
                               {"is_active", user.is_active},
                               {"role_id", user.role_id}});
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return std::unexpected(taken_by(error, user.email));
    }
}

std::expected<void, Taken> update_user(db::Session& session, std::int64_t user_id, const Changes& changes) {
    try {
        session.execute(
            "UPDATE Users SET full_name = COALESCE(?, full_name), email = COALESCE(?, email), "
            "username = COALESCE(?, username), is_active = COALESCE(?, is_active), "
            "role_id = CASE WHEN ? = 1 THEN ? ELSE role_id END WHERE user_id = ?",
            changes.full_name, changes.email, changes.username, changes.is_active, changes.role_id.has_value() ? 1 : 0,
            changes.role_id.value_or(std::nullopt), user_id);
        return {};
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return std::unexpected(taken_by(error, changes.email));
    }
}

void set_password_hash(db::Session& session, std::int64_t user_id, const std::string& password_hash) {
    session.execute("UPDATE Users SET password_hash = ? WHERE user_id = ?", password_hash, user_id);
    session.execute("DELETE FROM Temporary_Passwords WHERE user_id = ?", user_id);
}

void end_access(db::Session& transaction, std::int64_t user_id, std::string_view spared_session) {
    transaction.execute("DELETE FROM Sessions WHERE user_id = ? AND jti <> ?", user_id, spared_session);
    end_tokens_without_session(transaction, user_id);
}

void end_tokens_without_session(db::Session& transaction, std::int64_t user_id) {
    const Timestamp next_second = std::chrono::floor<std::chrono::seconds>(now()) + std::chrono::seconds{1};
    transaction.execute("UPDATE Users SET tokens_valid_from = ? WHERE user_id = ?", next_second, user_id);
}

std::expected<bool, RemoveError> remove_user(db::Session& session, std::int64_t user_id,
                                             const db::ForeignKeyList& foreign_keys) {
    if (has_related_records(session, user_id, foreign_keys)) {
        return std::unexpected(RemoveError::has_related_records);
    }
    try {
        lock_credentials(session, user_id);  // Nobody opens a session from here on.
        if (expire_oldest_trash(session, user_id) == rows_at_a_time ||
            disown_oldest_audit_rows(session, user_id) == rows_at_a_time) {
            session.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, user_id);
            end_access(session, user_id);
            return false;
        }
        session.execute("DELETE FROM Sessions WHERE user_id = ?", user_id);
        session.execute("DELETE FROM Users WHERE user_id = ?", user_id);
        return true;
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::foreign_key_violation) {
            throw;
        }
        return std::unexpected(RemoveError::has_related_records);
    }
}

}  // namespace nassaq::users
