#include "jobs/storage_audit.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace nassaq::jobs {
namespace {

/// Names by their hashes, and which of them were met.
class NameSet {
public:
    void add(std::string_view name) { hashes_.push_back(hash(name)); }
    /// Ends the adding.
    void seal() {
        std::ranges::sort(hashes_);
        met_.resize(hashes_.size());
    }
    /// @return whether the name is in the set.
    bool meet(std::string_view name) {
        const std::size_t at = position(name);
        if (at < met_.size()) {
            met_[at] = true;
        }
        return at < met_.size();
    }
    [[nodiscard]] bool has(std::string_view name) const { return position(name) < hashes_.size(); }
    [[nodiscard]] bool was_met(std::string_view name) const {
        const std::size_t at = position(name);
        return at < met_.size() && met_[at];
    }

private:
    static std::size_t hash(std::string_view name) { return std::hash<std::string_view>()(name); }

    [[nodiscard]] std::size_t position(std::string_view name) const {
        const std::size_t wanted = hash(name);
        const auto found = std::ranges::lower_bound(hashes_, wanted);
        return found != hashes_.end() && *found == wanted ? static_cast<std::size_t>(found - hashes_.begin())
                                                          : hashes_.size();
    }

    std::vector<std::size_t> hashes_;
    std::vector<bool> met_;
};

std::string folded_last_segment(std::string_view blob_name) {
    return text::fold_case(blob_name.substr(blob_name.rfind('/') + 1));  // From 0 on without a slash: npos + 1.
}

/// What blobs may be called that belong to a document which was not stored here, whatever has become of its path and
/// of its blob since. One that was stored here has a checksum, and names its blob.
void add_possible_names(NameSet& names, const DocumentBlob& document) {
    constexpr std::size_t uuid_length = 36;
    if (document.sha256) {
        return;
    }
    const std::string of_blob = folded_last_segment(document.blob_name);
    const std::string of_document = text::fold_case(document.filename);
    names.add(of_blob);
    if (of_document != of_blob) {
        names.add(of_document);
    }
    if (document.text_id.size() == uuid_length) {
        names.add(text::fold_case(document.text_id));
    }
}

bool still_has(db::Database& database, const DocumentBlob& document) {
    return database.read([&](db::Session& session) { return has_document(session, document.blob_name); });
}

}  // namespace

std::optional<StorageAuditResult> audit_storage(db::Database& database, storage::Storage& storage,
                                                Timestamp created_before, const StorageFindings& findings,
                                                const std::stop_token& stop) {
    StorageAuditResult result;
    NameSet names;
    NameSet possible_names;
    for_each_document_blob(
        database,
        [&](const DocumentBlob& document) {
            names.add(document.blob_name);
            add_possible_names(possible_names, document);
            ++result.documents;
        },
        stop);
    if (stop.stop_requested()) {
        return std::nullopt;  // Whose names are not all here, nothing may be said about.
    }
    names.seal();
    possible_names.seal();
    storage.list("", [&](const storage::BlobProperties& blob) {
        if (stop.stop_requested()) {
            return false;
        }
        ++result.blobs;
        const bool is_known = names.meet(blob.name);
        if (!is_known && blob.last_modified < created_before &&
            !database.read([&](db::Session& session) { return has_document(session, blob.name); })) {
            const bool is_doubtful = possible_names.has(folded_last_segment(blob.name));
            (is_doubtful ? findings.on_doubtful : findings.on_orphan)(blob);
        }
        return true;
    });
    for_each_document_blob(
        database,
        [&](const DocumentBlob& document) {
            if (!names.was_met(document.blob_name) && !storage.exists(document.blob_name) &&
                still_has(database, document)) {
                findings.on_missing(document);
            }
        },
        stop);
    return stop.stop_requested() ? std::nullopt : std::optional(result);
}

}  // namespace nassaq::jobs
