#include "jobs/blob_deletion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "db/dialect.hpp"
#include "files/places.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t batch_size = 100;
constexpr milliseconds poll_interval{2000};
constexpr milliseconds lease_poll{50};
constexpr int upload_attempts = 10;
constexpr std::chrono::seconds shortest_delay{2};
constexpr std::chrono::seconds longest_delay{600};

std::string to_body(std::string_view blob_name) {
    return boost::json::serialize(boost::json::object{{"blob_name", blob_name}});
}

void lock_blob(db::Session& transaction, std::string_view blob_name) {
    transaction.lock({BlobDeletions::lock_of(blob_name)});
}

std::string blob_name_in(const std::string& body) {
    return std::string(boost::json::parse(body).as_object().at("blob_name").as_string());
}

}  // namespace

struct BlobDeletions::Note {
    std::int64_t outbox_id = 0;
    std::string body;
    Timestamp created_at;
    std::optional<Timestamp> claimed_until;
    BOOST_DESCRIBE_CLASS(Note, (), (outbox_id, body, created_at, claimed_until), (), ())
};

BlobDeletions::BlobDeletions(db::Database& database, storage::Storage& storage, std::stop_token abandoned,
                             std::chrono::milliseconds lease)
    : database_(database), storage_(storage), abandoned_(std::move(abandoned)), lease_(lease), watch_(lease) {}

db::Lock BlobDeletions::lock_of(std::string_view blob_name) {
    return {.name = fmt::format("blob {}", blob_name)};
}

bool BlobDeletions::schedule(db::Session& transaction, std::string_view blob_name) {
    lock_blob(transaction, blob_name);
    if (files::is_in_use(transaction, blob_name)) {
        return false;
    }
    // Without a doc_id: it must not wait for the document's messages, which nobody needs any more.
    enqueue(transaction, blob_deletion_queue, std::nullopt, to_body(blob_name), now());
    return true;
}

bool BlobDeletions::give_up_orphan(std::string_view blob_name) {
    return database_.transaction([&](db::Session& session) {
        lock_blob(session, blob_name);
        return !find_note(session, blob_name) && schedule(session, blob_name);
    });
}

bool BlobDeletions::is_given_up(db::Session& transaction, std::string_view blob_name) {
    lock_blob(transaction, blob_name);
    return find_note(transaction, blob_name).has_value();
}

void BlobDeletions::try_complete(std::string_view blob_name) noexcept {
    try {
        if (const auto note = claim(blob_name)) {
            remove(*note);
        }
    } catch (const std::exception& error) {
        log::warning("a blob could not be removed now; it is tried again",
                     {{"blob_name", blob_name}, {"error", error.what()}});
    }
}

void BlobDeletions::complete_pending(std::string_view blob_name) {
    const auto give_up = std::chrono::steady_clock::now() + lease_ + std::chrono::seconds{5};
    for (;;) {
        const auto note = database_.read([&](db::Session& session) { return find_note(session, blob_name); });
        if (!note) {
            return;
        }
        if (carry_out(*note)) {
            continue;
        }
        if (std::chrono::steady_clock::now() > give_up || abandoned_.stop_requested()) {
            throw std::runtime_error("an earlier blob of the same name is still being removed");
        }
        pause(abandoned_, lease_poll);
    }
}

std::expected<void, storage::UploadError> BlobDeletions::upload(std::string_view blob_name, const SpoolFile& content,
                                                                std::string_view content_type) {
    for (int attempt = 0; attempt < upload_attempts; ++attempt) {
        if (attempt > 0) {
            complete_pending(blob_name);
        }
        if (!storage_.upload(blob_name, content, content_type)) {
            if (is_pending(blob_name)) {
                continue;  // The document that the blob belonged to has just been deleted.
            }
            return std::unexpected(storage::UploadError::already_exists);
        }
        try {
            if (is_settled(blob_name)) {
                return {};
            }
        } catch (...) {
            take_back(blob_name, content);
            throw;
        }
    }
    throw std::runtime_error("a blob of the same name is removed again and again");
}

/// Whether a blob that has just been stored will stay. While a deletion of its name is noted, one that is going on may
/// have met it already, or be about to; then the blob is given up with a note of its own, so that it goes for certain.
bool BlobDeletions::is_settled(std::string_view blob_name) {
    return !(is_pending(blob_name) && give_up_if_pending(blob_name)) && storage_.exists(blob_name);
}

/// As long as a note is there, every upload of the name that has stored a blob gives it up too. So this one meets none
/// that somebody counts on.
bool BlobDeletions::give_up_if_pending(std::string_view blob_name) {
    return database_.transaction([&](db::Session& session) {
        lock_blob(session, blob_name);
        const bool pending = find_note(session, blob_name).has_value();
        if (pending) {
            schedule(session, blob_name);
        }
        return pending;
    });
}

void BlobDeletions::take_back(std::string_view blob_name, const SpoolFile& content) noexcept {
    try {
        if (storage_.is_stored_from(blob_name, content.path())) {
            storage_.remove(blob_name);
        }
    } catch (const std::exception& error) {
        log::error("the blob of an upload that failed could not be removed",
                   {{"blob_name", blob_name}, {"error", error.what()}});
    }
}

std::size_t BlobDeletions::step(const std::stop_token& stop) {
    const auto due = database_.read([this](db::Session& session) {
        return session.query_page<Note>(
            "SELECT outbox_id, body, created_at, claimed_until FROM Outbox WHERE queue_name = ? AND available_at <= ? "
            "AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) ORDER BY available_at, outbox_id",
            {.limit = batch_size}, blob_deletion_queue, now(), now(), now() + lease_);
    });
    std::size_t gone = 0;
    for (const Note& note : due) {
        if (stop.stop_requested()) {
            break;
        }
        try {
            gone += carry_out(note) ? 1 : 0;
        } catch (const db::Error&) {
            throw;
        } catch (const std::exception& error) {
            log::warning("a blob could not be removed; it is tried again later",
                         {{"deletion", note.body}, {"error", error.what()}});
        }
    }
    return gone;
}

void BlobDeletions::wait(std::stop_token stop) {
    wakeup_.wait(std::move(stop), poll_interval);
}

std::optional<BlobDeletions::Note> BlobDeletions::find_note(db::Session& session, std::string_view blob_name) {
    const std::string body = to_body(blob_name);
    return session.find<Note>(std::string("SELECT outbox_id, body, created_at, claimed_until FROM Outbox WHERE ")
                                  .append(note_of(session.dialect())),
                              blob_deletion_queue, body, body);
}

bool BlobDeletions::is_pending(std::string_view blob_name) {
    return database_.read([&](db::Session& session) { return find_note(session, blob_name).has_value(); });
}

bool BlobDeletions::has_document(std::string_view blob_name) {
    return database_.read([&](db::Session& session) { return files::is_in_use(session, blob_name); });
}

/// @return false when another thread or process is at it. @throws what remove() does.
bool BlobDeletions::carry_out(const Note& note) {
    if (!claim(note)) {
        return false;
    }
    remove(note);
    return true;
}

/// Of a note that has been claimed. @throws what the storage throws, after it was postponed.
void BlobDeletions::remove(const Note& note) {
    const std::string blob_name = blob_name_in(note.body);
    try {
        if (has_document(blob_name)) {
            log::error("a blob that was to be removed belongs to a document and is kept", {{"blob_name", blob_name}});
        } else {
            storage_.remove(blob_name);
        }
    } catch (const std::exception&) {
        postpone(note);
        throw;
    }
    database_.execute("DELETE FROM Outbox WHERE outbox_id = ?", note.outbox_id);
}

/// The oldest that is noted for that name, unless all are being carried out.
std::optional<BlobDeletions::Note> BlobDeletions::claim(std::string_view blob_name) {
    const std::string body = to_body(blob_name);
    const Timestamp time = now();
    return database_.find_changed<Note>(
        db::update_returning(database_.dialect(), "Outbox", "claimed_until = ?",
                             fmt::format("outbox_id = (SELECT MIN(outbox_id) FROM Outbox WHERE {}) AND "
                                         "(claimed_until IS NULL OR claimed_until < ?)",
                                         note_of(database_.dialect())),
                             {"outbox_id", "body", "created_at", "claimed_until"}),
        time + lease_, blob_deletion_queue, body, body, time);
}

/// A lease that ends later than any does is over only when its owner has had the time of a lease before our eyes: a
/// removal that goes on beside ours could meet a blob that is stored anew.
bool BlobDeletions::claim(const Note& note) {
    const Timestamp time = now();
    const Timestamp latest = time + lease_;
    const bool is_ahead = note.claimed_until && *note.claimed_until > latest;
    if (is_ahead && !watch_.is_over(note.outbox_id, *note.claimed_until)) {
        return false;
    }
    return database_.execute(
               "UPDATE Outbox SET claimed_until = ? WHERE outbox_id = ? "
               "AND (claimed_until IS NULL OR claimed_until < ? OR (claimed_until > ? AND ? = 1))",
               time + lease_, note.outbox_id, time, latest, is_ahead ? 1 : 0) == 1;
}

/// Until it is twice as old as now, so that the waits grow without being counted.
void BlobDeletions::postpone(const Note& note) {
    const Timestamp time = now();
    const auto delay = std::clamp<Timestamp::duration>(time - note.created_at, shortest_delay, longest_delay);
    database_.execute("UPDATE Outbox SET available_at = ?, claimed_until = NULL WHERE outbox_id = ?", time + delay,
                      note.outbox_id);
}

}  // namespace nassaq::jobs
