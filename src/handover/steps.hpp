#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>

#include "db/database.hpp"
#include "handover/store.hpp"
#include "jobs/wakeup.hpp"
#include "texts/text_store.hpp"

namespace nassaq::handover {

/// Carries out what hand_over_everything() has written down, a document a transaction, while others work. May be
/// stopped, or killed, at any time: what is left is somebody's as before, and goes on. One thread; any number of nodes,
/// which may be at the same one.
class Steps {
public:
    Steps(db::Database& database, texts::TextStore& texts) : database_(database), texts_(texts) {}

    /// All that there is, until `stop` is requested. A document that is being processed is left for the next time.
    /// @return how many hand-overs have come to their end. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});
    /// Waits until there may be something to do, or `stop` is requested.
    void wait(std::stop_token stop) { wakeup_.wait(std::move(stop), interval); }
    /// Ends wait().
    void notify() { wakeup_.notify(); }

private:
    static constexpr std::chrono::seconds interval{10};

    /// @return whether nothing is left of it.
    bool carry_out(const Handover& handover, const std::stop_token& stop);
    bool hand_over(const Handover& handover, std::int64_t doc_id);

    db::Database& database_;
    texts::TextStore& texts_;
    jobs::Wakeup wakeup_;
};

}  // namespace nassaq::handover
