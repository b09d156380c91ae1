#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/spool.hpp"
#include "db/database.hpp"
#include "jobs/lease_watch.hpp"
#include "jobs/wakeup.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

/// Removes the blobs of deleted documents. That a blob is to be removed is noted (as a row of the outbox) in the
/// transaction that deletes the document's rows; the blob goes afterwards, and when the storage fails it is tried again
/// until it works. docs/decisions/0003-the-life-of-a-blob.md says why a new document of the same name is safe.
///
/// The loop of its thread: `while (!stop.stop_requested()) { if (deletions.step() == 0) { deletions.wait(stop); } }`
/// Safe to use from several threads.
class BlobDeletions {
public:
    /// How long a deletion that is being carried out is left alone. Longer than any storage takes to answer or give up.
    static constexpr std::chrono::milliseconds usual_lease{30'000};

    /// @param abandoned  Ends the waiting for others in complete_pending(), and so in upload().
    BlobDeletions(db::Database& database, storage::Storage& storage, std::stop_token abandoned = {},
                  std::chrono::milliseconds lease = usual_lease);

    /// Held by whoever records a document of that blob or notes its removal, so that one of the two sees the other.
    static db::Lock lock_of(std::string_view blob_name);
    /// Notes, in the transaction that has just deleted the rows that mean it, that a blob is to be removed. What
    /// another row means still is kept: the database itself refuses a note of it (migration 38).
    /// @return whether it was noted.
    static bool schedule(db::Session& transaction, std::string_view blob_name);
    /// Notes that a blob is to be removed, unless a document has it or that is noted already. Whoever has stored the
    /// blob and not yet recorded its document is told by is_given_up(). @return whether it was noted now.
    bool give_up_orphan(std::string_view blob_name);
    /// Whether a removal of the blob is noted. To be asked in the transaction that records its document, which must not
    /// be recorded then; none can be noted until that transaction ends.
    static bool is_given_up(db::Session& transaction, std::string_view blob_name);
    /// Carries out what has just been noted for that name; to be called after the commit. What fails is logged and left
    /// to step().
    void try_complete(std::string_view blob_name) noexcept;
    /// Carries out all that is noted for that name, and waits for another thread or process that is at it.
    /// @throws what the storage throws.
    void complete_pending(std::string_view blob_name);

    /// Storage::upload(), and after it no deletion of that name is pending or going on. To be used for every new blob.
    std::expected<void, storage::UploadError> upload(std::string_view blob_name, const SpoolFile& content,
                                                     std::string_view content_type);
    /// Removes a new blob again, when its document is certain not to be recorded and the blob is still the one that was
    /// stored from `content`. What fails is logged and left to the sweep.
    void take_back(std::string_view blob_name, const SpoolFile& content) noexcept;

    /// Carries out the deletions that are due, until `stop` is requested. @return how many blobs are gone now.
    /// @throws db::Error
    std::size_t step(const std::stop_token& stop = {});
    /// Waits until there may be something to do for step(), or `stop` is requested.
    void wait(std::stop_token stop);
    /// Ends wait().
    void notify() { wakeup_.notify(); }

private:
    struct Note;

    static std::optional<Note> find_note(db::Session& session, std::string_view blob_name);
    [[nodiscard]] bool is_pending(std::string_view blob_name);
    [[nodiscard]] bool has_document(std::string_view blob_name);
    bool is_settled(std::string_view blob_name);
    bool give_up_if_pending(std::string_view blob_name);
    bool carry_out(const Note& note);
    bool claim(const Note& note);
    std::optional<Note> claim(std::string_view blob_name);
    void remove(const Note& note);
    void postpone(const Note& note);

    db::Database& database_;
    storage::Storage& storage_;
    std::stop_token abandoned_;
    std::chrono::milliseconds lease_;
    LeaseWatch watch_;
    Wakeup wakeup_;
};

}  // namespace nassaq::jobs
