#pragma once

#include <memory>

#include "broker/broker.hpp"
#include "db/database.hpp"

namespace nassaq::broker {

/// A queue in the table Job_Queue, for the shape in which nothing but Nassaq is installed. Messages survive a restart
/// and go out oldest first.
///
/// A delivered message is hidden for a minute and shows again when it has not been settled by then, so a job that takes
/// longer must not rely on having it alone (the worker relies on its claim of the document). A message id that waits
/// already is not queued twice. Consumers of this process wake up at once; those of others look every second.
///
/// Must not be called inside a transaction of `database`. @throws db::Error
std::unique_ptr<Broker> make_embedded_broker(db::Database& database);

}  // namespace nassaq::broker
