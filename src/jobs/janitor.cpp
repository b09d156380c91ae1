#include "jobs/janitor.hpp"

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "jobs/document_events.hpp"
#include "jobs/log_retention.hpp"
#include "usage/counting.hpp"

namespace nassaq::jobs {

Janitor::Janitor(db::Database& database, storage::Storage& storage, Spool& spool, std::chrono::days log_retention)
    : database_(database),
      storage_(storage),
      spool_(spool),
      log_retention_(log_retention),
      deletions_(database, storage) {}

std::size_t Janitor::step(const std::stop_token& stop) {
    return remove_leftovers(stop) + remove_expired_sessions() + remove_old_events(database_) +
           remove_old_idempotency_keys() + remove_old_log_entries(database_, log_retention_) +
           remove_old_reads(database_) + usage::recount(database_) + usage::remove_old_pages(database_);
}

std::size_t Janitor::remove_leftovers(const std::stop_token& stop) {
    std::size_t removed = 0;
    for (const SpoolLeftover& leftover : spool_.leftovers()) {
        if (stop.stop_requested()) {
            break;
        }
        try {
            remove_leftover(leftover);
            ++removed;
        } catch (const db::Error&) {
            throw;
        } catch (const std::exception& error) {
            log::warning("a leftover of an upload could not be removed",
                         {{"file", leftover.file.string()}, {"error", error.what()}});
            break;  // A storage that is away would keep us waiting for each of the others too.
        }
    }
    return removed;
}

/// The process died between storing the blob and the commit when the blob was stored from this very file and no
/// document has it. The blob goes first: without the leftover nobody could tell any more.
void Janitor::remove_leftover(const SpoolLeftover& leftover) {
    if (leftover.blob_name && storage_.is_stored_from(*leftover.blob_name, leftover.file)) {
        if (deletions_.give_up_orphan(*leftover.blob_name)) {
            log::info("the blob of an upload that was never answered is removed", {{"blob_name", *leftover.blob_name}});
        }
        deletions_.complete_pending(*leftover.blob_name);
    }
    Spool::remove(leftover);
}

std::size_t Janitor::remove_expired_sessions() {
    const Timestamp time = now();
    const bool any = database_.read([&](db::Session& session) {
        return !session
                    .query_page<std::string>("SELECT jti FROM Sessions WHERE expires_at < ? ORDER BY expires_at, jti",
                                             {.limit = 1}, time)
                    .empty();
    });
    if (!any) {
        return 0;  // Without taking the writer.
    }
    const std::int64_t removed = database_.execute("DELETE FROM Sessions WHERE expires_at < ?", time);
    return static_cast<std::size_t>(removed);
}

std::size_t Janitor::remove_old_idempotency_keys() {
    const Timestamp limit = now() - std::chrono::hours{24};
    const bool any = database_.read([&](db::Session& session) {
        return !session
                    .query_page<std::string>(
                        "SELECT idempotency_key FROM Idempotency_Keys WHERE created_at <= ? "
                        "ORDER BY created_at, user_id, idempotency_key",
                        {.limit = 1}, limit)
                    .empty();
    });
    if (!any) {
        return 0;
    }
    return static_cast<std::size_t>(database_.execute("DELETE FROM Idempotency_Keys WHERE created_at <= ?", limit));
}

}  // namespace nassaq::jobs
