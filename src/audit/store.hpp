#pragma once

#include "audit/model.hpp"
#include "db/session.hpp"

namespace nassaq::audit {

/// The entries that the filter lets through, newest first, and how many there are: counted to 10,000.
LogList list_logs(db::Session& session, const ListLogs& filter);

}  // namespace nassaq::audit
