#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "broker/broker.hpp"
#include "db/database.hpp"

namespace nassaq::broker {

/// A queue in the table Job_Queue, for the shape in which nothing but Nassaq is installed. Messages survive a restart.
/// Users are served in turn, whatever each of them has there, and of each the oldest message first; those of the users
/// above 0 and of nobody, which is 0, before those below.
///
/// A delivered message is hidden for a minute and shows again when it has not been settled by then, so a job that takes
/// longer must not rely on having it alone (the worker relies on its claim of the document). A message id that waits
/// already is not queued twice. Consumers of this process wake up at once; those of others look every second.
///
/// Must not be called inside a transaction of `database`. @throws db::Error
std::unique_ptr<Broker> make_embedded_broker(db::Database& database);

/// Puts a message into the queue in the transaction of the change that it tells of. After the commit the broker is to
/// be told (Broker::look_again).
/// @param user_id  whose turn it takes.
void put_into_embedded_queue(db::Session& transaction, std::string_view queue, std::string_view body,
                             std::int64_t user_id);

}  // namespace nassaq::broker
