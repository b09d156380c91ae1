#include "trash/emptying.hpp"

#include "audit/audit.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "documents/service.hpp"
#include "trash/service.hpp"
#include "trash/store.hpp"

namespace nassaq::trash {
namespace {

constexpr std::int64_t documents_at_a_time = 100;

}  // namespace

std::size_t Emptying::step(const std::stop_token& stop) {
    std::size_t gone = 0;
    while (!stop.stop_requested()) {
        const auto due =
            database_.read([](db::Session& session) { return list_due(session, now(), documents_at_a_time); });
        if (due.empty()) {
            break;
        }
        for (const std::int64_t doc_id : due) {
            if (stop.stop_requested()) {
                break;
            }
            const auto places = database_.transaction([&](db::Session& session) {
                session.lock({documents::lock_of_document(doc_id)});
                if (!is_due(session, doc_id, now())) {
                    return std::vector<std::string>();  // It has come back since, and may have been deleted anew.
                }
                auto purged = purge_rows(session, texts_, doc_id);
                if (!purged.empty()) {
                    audit::record(session, audit::Action::document_purge, std::nullopt, doc_id, std::nullopt);
                }
                return purged;
            });
            gone += places.empty() ? 0 : 1;
        }
        deletions_.notify();
    }
    if (gone > 0) {
        log::info("the trash was emptied of what was due", {{"documents", gone}});
    }
    return gone;
}

}  // namespace nassaq::trash
