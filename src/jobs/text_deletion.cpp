#include "jobs/text_deletion.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <exception>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t text_batch_size = 100;
/// For a text that the store refuses to remove, though it is there.
constexpr std::chrono::minutes refusal_delay{10};

std::string to_body(std::int64_t doc_id) {
    return fmt::format(R"({{"doc_id":{}}})", doc_id);
}

std::int64_t doc_id_in(const std::string& body) {
    return boost::json::parse(body).as_object().at("doc_id").to_number<std::int64_t>();
}

}  // namespace

TextDeletions::TextDeletions(db::Database& database, texts::TextStore& texts) : database_(database), texts_(texts) {}

void TextDeletions::schedule(db::Session& transaction, std::int64_t doc_id) {
    // Without a doc_id: it must not wait for the document's messages, which nobody needs any more.
    enqueue(transaction, text_deletion_queue, std::nullopt, to_body(doc_id), now());
}

void TextDeletions::try_complete(std::int64_t doc_id) noexcept {
    try {
        carry_out(doc_id);
    } catch (const std::exception& error) {
        log::warning("a text could not be removed now; it is tried again",
                     {{"doc_id", doc_id}, {"error", error.what()}});
    }
}

std::size_t TextDeletions::step(const std::stop_token& stop) {
    const auto due = database_.read([](db::Session& session) {
        return session.query_page<std::string>(
            "SELECT body FROM Outbox WHERE queue_name = ? AND available_at <= ? ORDER BY available_at, outbox_id",
            {.limit = text_batch_size}, text_deletion_queue, now());
    });
    std::size_t gone = 0;
    for (const std::string& body : due) {
        if (stop.stop_requested()) {
            break;
        }
        const std::int64_t doc_id = doc_id_in(body);
        try {
            carry_out(doc_id);
            ++gone;
        } catch (const db::Error&) {
            throw;
        } catch (const texts::Unavailable&) {
            break;  // The store tells of it; the others would fail as well.
        } catch (const std::exception& error) {
            log::error("a text cannot be removed; it is tried again later",
                       {{"doc_id", doc_id}, {"error", error.what()}});
            postpone(doc_id);
        }
    }
    texts_.clear_leftovers(stop);
    return gone;
}

void TextDeletions::carry_out(std::int64_t doc_id) {
    texts_.remove(doc_id);
    const std::string body = to_body(doc_id);
    database_.execute(std::string("DELETE FROM Outbox WHERE ").append(note_of(database_.dialect())),
                      text_deletion_queue, body, body);
}

void TextDeletions::postpone(std::int64_t doc_id) {
    const std::string body = to_body(doc_id);
    database_.execute(std::string("UPDATE Outbox SET available_at = ? WHERE ").append(note_of(database_.dialect())),
                      now() + refusal_delay, text_deletion_queue, body, body);
}

}  // namespace nassaq::jobs
