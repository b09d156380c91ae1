#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/refusal.hpp"
#include "base/clock.hpp"
#include "base/spool.hpp"
#include "db/error.hpp"
#include "db/session.hpp"
#include "documents/services.hpp"

/// What the first file of a document and its later versions have in common: from the spool file to a blob that a row
/// names (docs/decisions/0003).
namespace nassaq::documents {

/// Refuses an empty file, and one that is not of the kind that its name says. @return its media type.
api::Result<std::string_view> require_content(const SpoolFile& content, const std::string& extension);

/// Stores the content under a name that nothing else has. @return that name.
/// @param names  what it may be called, the best first
api::Result<std::string> store_new_blob(Services& services, SpoolFile& content, const std::vector<std::string>& names,
                                        std::string_view content_type);

std::unexpected<api::Refusal> refuse_as_not_stored();

/// A blob that no row names yet: removed again unless keep() is called, provided that it is still our own.
class NewBlob {
public:
    NewBlob(jobs::BlobDeletions& deletions, const SpoolFile& content, std::string name)
        : deletions_(deletions), content_(content), name_(std::move(name)), stored_at_(now()) {}
    NewBlob(const NewBlob&) = delete;
    NewBlob& operator=(const NewBlob&) = delete;
    ~NewBlob() {
        if (!kept_) {
            deletions_.take_back(name_, content_);
        }
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// To be asked in the transaction that names it: others may have taken it for abandoned, because the process slept.
    [[nodiscard]] bool is_lost(db::Session& transaction) const;

    /// Runs the transaction that names it. A connection lost at the COMMIT leaves unknown whether that has come. The
    /// blob then stays: one too many is the janitor's work, one too few a lost document.
    template <class Record>
    auto record_by(Record record) {
        try {
            auto result = record();
            kept_ = result.has_value();
            return result;
        } catch (const db::Error& error) {
            kept_ = error.is_outage() || error.kind() == db::ErrorKind::timeout;
            throw;
        }
    }

private:
    jobs::BlobDeletions& deletions_;
    const SpoolFile& content_;
    std::string name_;
    Timestamp stored_at_;
    bool kept_ = false;
};

}  // namespace nassaq::documents
