#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/clock.hpp"
#include "db/database.hpp"

/// How much each user has, and may have (docs/decisions/0072-quotas.md). A quota is a user's own, else that of the
/// role, else that of the settings, which does not apply to administrators: each of its three numbers for itself. The
/// numbers are kept, not counted: SQL of User_Quotas, Role_Quotas, User_Usage and Page_Usage.
namespace nassaq::usage {

/// What applies to somebody; 0 = no limit.
struct Limits {
    std::int64_t bytes = 0;
    std::int64_t documents = 0;
    std::int64_t pages_per_day = 0;
};

/// What is set for a user or a role; nothing = whatever applies otherwise, 0 = no limit.
struct Quota {
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> documents;
    std::optional<std::int64_t> pages_per_day;
};
BOOST_DESCRIBE_STRUCT(Quota, (), (bytes, documents, pages_per_day))

struct Standing {
    Limits limits;
    std::int64_t bytes = 0;      ///< Used, if counted.
    std::int64_t documents = 0;  ///< The same.
    std::int64_t pages_today = 0;
    bool is_counted = false;  ///< Whether bytes and documents are kept already: see start_counting().
};

/// What there is not enough of.
enum class Excess { bytes, documents, pages };

/// Days are those of UTC.
[[nodiscard]] std::int64_t day_of(Timestamp time);
[[nodiscard]] Timestamp next_day(Timestamp time);

/// What is left of a limit that there is.
[[nodiscard]] std::int64_t left_of(std::int64_t limit, std::int64_t used);
[[nodiscard]] bool has_pages_left(const Standing& standing);
/// What is to come: a document, or a version of one that is there already.
struct Addition {
    std::int64_t bytes = 0;
    std::int64_t documents = 1;
};

/// Whether that may come. Of a user who is not counted yet only what is larger than the limit
/// is refused.
[[nodiscard]] std::optional<Excess> excess_of(const Standing& standing, const Addition& addition);

/// In one statement. @return nothing when there is no such user.
std::optional<Standing> find_standing(db::Session& session, std::int64_t user_id, const Limits& defaults);
/// Of the user whose document it is.
std::optional<Standing> find_standing_of_owner(db::Session& session, std::int64_t doc_id, const Limits& defaults);

/// Null where there is none.
Quota find_user_quota(db::Session& session, std::int64_t user_id);
Quota find_role_quota(db::Session& session, std::int64_t role_id);
/// One without any number is removed. The user or role has to be there.
void set_user_quota(db::Session& transaction, std::int64_t user_id, const Quota& quota);
void set_role_quota(db::Session& transaction, std::int64_t role_id, const Quota& quota);

}  // namespace nassaq::usage
