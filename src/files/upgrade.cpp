#include "files/upgrade.hpp"

#include <string_view>

#include "base/clock.hpp"

namespace nassaq::files {
namespace {

constexpr std::string_view upgrade_name = "document files";

}  // namespace

bool Upgrade::is_finished(db::Session& session) {
    if (!is_finished_) {
        is_finished_ = is_upgrade_finished(session);
    }
    return is_finished_;
}

bool is_upgrade_finished(db::Session& session) {
    return session
        .find<std::int64_t>("SELECT 1 FROM Finished_Upgrades WHERE name = CAST(? AS VARCHAR(50))", upgrade_name)
        .has_value();
}

void record_finished_upgrade(db::Session& transaction) {
    if (!is_upgrade_finished(transaction)) {
        transaction.execute("INSERT INTO Finished_Upgrades (name, finished_at) VALUES (?, ?)", upgrade_name, now());
    }
}

}  // namespace nassaq::files
