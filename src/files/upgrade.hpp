#pragma once

#include <atomic>
#include <cstdint>

#include "db/database.hpp"

namespace nassaq::files {

/// Whether nothing of the version before uses the database any more (`nassaq migrate --finish`). It would take versions
/// that are not current, and what is in the trash, for blobs without a document, and remove them. So there are none
/// before. Safe to use from several threads.
class Upgrade {
public:
    /// Once finished it stays so, and is not asked for again.
    [[nodiscard]] bool is_finished(db::Session& session);

private:
    std::atomic<bool> is_finished_ = false;
};

[[nodiscard]] bool is_upgrade_finished(db::Session& session);
void record_finished_upgrade(db::Session& transaction);

}  // namespace nassaq::files
