#include "files/take_over.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "files/old_place.hpp"
#include "files/upgrade.hpp"

namespace nassaq::files {
namespace {

/// A transaction takes in so many at most, lest others wait long.
constexpr std::int64_t ids_at_a_time = 2'000;
constexpr std::int64_t documents_at_a_time = 200;
constexpr std::string_view look_name = "document files";
constexpr std::chrono::minutes look_lease{10};
/// Behind the last document that was seen, one with a lower id may still be on its way.
constexpr std::int64_t ids_looked_at_again = 10'000;
/// While others insert rows as before. Afterwards a server of the platform may, whose documents are found without.
constexpr std::chrono::minutes pause_while_upgrading{1};
constexpr std::chrono::hours pause_afterwards{1};

}  // namespace

TakeOver::TakeOver(db::Database& database, PlaceFinder& finder)
    : database_(database), finder_(finder), look_(database, std::string(look_name), look_lease) {}

void TakeOver::step(const std::stop_token& stop) {
    const auto position = look_.take();
    if (!position) {
        return;
    }
    try {
        look_through(*position, stop);
    } catch (...) {  // As while the storage is away.
        look_.give_up(position_);
        throw;
    }
}

void TakeOver::look_through(std::int64_t behind, const std::stop_token& stop) {
    position_ = behind;
    const std::int64_t last = database_.read(last_document);
    std::int64_t taken = 0;
    while (position_ < last) {
        const std::int64_t end = std::min(position_ + ids_at_a_time, last);
        taken += take_in_range(position_, end, stop);
        if (stop.stop_requested()) {
            look_.give_up(position_);
            return;
        }
        position_ = end;
        if (!look_.note(position_)) {
            return;  // Another node has taken this one for dead, and has come to the end.
        }
    }
    const bool is_finished = database_.read(is_upgrade_finished);
    const auto pause = is_finished && taken == 0 ? std::chrono::minutes(pause_afterwards) : pause_while_upgrading;
    look_.end(now() + pause, std::max<std::int64_t>(0, last - ids_looked_at_again));
    if (taken > 0) {
        log::info("files of documents were taken in", {{"documents", taken}});
    }
}

std::int64_t TakeOver::run(const std::stop_token& stop) {
    const std::int64_t last = database_.read(last_document);
    std::int64_t taken = 0;
    for (std::int64_t behind = 0; behind < last && !stop.stop_requested(); behind += ids_at_a_time) {
        taken += take_in_range(behind, std::min(behind + ids_at_a_time, last), stop);
    }
    return taken;
}

std::int64_t TakeOver::take_in_range(std::int64_t behind, std::int64_t last, const std::stop_token& stop) {
    const bool any =
        database_.read([&](db::Session& session) { return !list_untaken(session, behind, last, 1).empty(); });
    if (!any) {
        return 0;  // Without taking the writer.
    }
    std::int64_t taken =
        database_.transaction([&](db::Session& session) { return take_in_all_certain(session, behind, last); });
    while (!stop.stop_requested()) {
        auto documents = database_.read(
            [&](db::Session& session) { return list_untaken(session, behind, last, documents_at_a_time); });
        if (documents.empty()) {
            break;
        }
        for (UntakenDocument& document : documents) {
            document.place = finder_.find(document);
        }
        database_.transaction([&](db::Session& session) {
            for (const UntakenDocument& document : documents) {
                take_in(session, document);
            }
        });
        behind = documents.back().doc_id;
        taken += static_cast<std::int64_t>(documents.size());
    }
    return taken;
}

TakeOverProgress take_over_progress(db::Session& session) {
    TakeOverProgress progress{.taken_in = db::SharedLook::position(session, look_name), .last = last_document(session)};
    while (progress.taken_in < progress.last) {
        const std::int64_t end = std::min(progress.taken_in + ids_at_a_time, progress.last);
        const auto first = list_untaken(session, progress.taken_in, end, 1);
        if (!first.empty()) {
            progress.taken_in = first.front().doc_id - 1;
            break;
        }
        progress.taken_in = end;
    }
    return progress;
}

}  // namespace nassaq::files
