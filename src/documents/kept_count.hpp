#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "documents/services.hpp"

namespace nassaq::documents {

/// What has been counted, in words, and of how many documents.
struct Count {
    std::string text;
    std::int64_t documents = 0;
    std::int64_t last_action = 0;  ///< Of the caller, before or when it was counted: see last_action_of().
};

/// What counting very many documents gives is given again for a while, twenty times as long as it took, until the
/// caller does something, on whichever node (docs/decisions/0088). Of this process alone.
/// @param what  is counted, for whomever.
std::string count_seldom(Services& services, db::Session& session, std::int64_t caller_id, const std::string& what,
                         const std::function<Count()>& count);

/// What a user has done last, as the id of an entry of the audit log: another one as soon as they have changed a
/// document or uploaded one.
std::int64_t last_action_of(db::Session& session, std::int64_t user_id);
/// The same as a subquery, whose value is the user.
std::string last_action(db::Dialect dialect);

}  // namespace nassaq::documents
