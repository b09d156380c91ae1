#pragma once

#include <cstdint>
#include <string>

#include "db/database.hpp"

/// Each person's own folder, below the one that HOME_FOLDERS names (docs/access.md, "Home folders").
namespace nassaq::homes {

/// Makes somebody a home, unless they have been given one before. Nothing that they are about to do fails by it: where
/// it cannot be made the log says so, and the next call tries again. Not inside of a transaction.
/// @param above     HOME_FOLDERS; where it is empty there are no homes.
/// @param actor_id  for the audit log
void give_home(db::Database& database, const std::string& above, std::int64_t user_id, std::int64_t actor_id);

/// In the transaction that hands over all that somebody has: their home becomes another's, who may do there what they
/// might, beside what is theirs already.
void hand_over_home(db::Session& transaction, std::int64_t from_user_id, std::int64_t to_user_id,
                    std::int64_t actor_id);

/// In the transaction that removes somebody's account: what is said to them at their home does not keep it. The folder
/// stays, and is an administrator's.
void give_up_home(db::Session& transaction, std::int64_t user_id);

}  // namespace nassaq::homes
