#include "jobs/storage_audit.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "storage/second_container.hpp"

namespace nassaq::jobs {
namespace {

/// Names, or other texts, by their hashes, and which of them were met.
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

/// Sizes that may be asked for.
class SizeSet {
public:
    void add(std::uint64_t size) { sizes_.push_back(size); }
    /// Ends the adding.
    void seal() { std::ranges::sort(sizes_); }
    [[nodiscard]] bool has(std::uint64_t size) const { return std::ranges::binary_search(sizes_, size); }

private:
    std::vector<std::uint64_t> sizes_;
};

/// By what a blob can be known that belongs to a document, whatever has become of the document's path and of the place
/// of the blob since. The name may have been changed several times; the bytes are as they were.
class PossibleBlobs {
public:
    void add_names(const files::PlacedFile& document) {
        constexpr std::size_t uuid_length = 36;
        const std::string of_blob = folded_last_segment(document.place);
        const std::string of_document = text::fold_case(document.filename);
        names_.add(of_blob);
        if (of_document != of_blob) {
            names_.add(of_document);
        }
        if (document.text_id.size() == uuid_length) {
            names_.add(text::fold_case(document.text_id));
        }
    }
    void add_content(const files::PlacedFile& document) {
        if (!document.file_size) {
            return;
        }
        if (document.sha256) {
            checksums_.add(*document.sha256);
        }
        (document.sha256 ? sizes_with_checksum_ : sizes_without_).add(static_cast<std::uint64_t>(*document.file_size));
    }
    /// Ends the adding.
    void seal() {
        names_.seal();
        checksums_.seal();
        sizes_with_checksum_.seal();
        sizes_without_.seal();
    }
    /// @param read_sha256  reads the whole blob, so it is asked only where the size is one that is looked for
    template <class ReadSha256>
    [[nodiscard]] bool may_have(const storage::BlobProperties& blob, ReadSha256 read_sha256) const {
        if (names_.has(folded_last_segment(blob.name)) || sizes_without_.has(blob.size)) {
            return true;
        }
        if (!sizes_with_checksum_.has(blob.size)) {
            return false;
        }
        const std::optional<std::string> sha256 = read_sha256(blob);
        return !sha256 || checksums_.has(*sha256);
    }

private:
    NameSet names_;
    NameSet checksums_;
    SizeSet sizes_with_checksum_;
    SizeSet sizes_without_;
};

/// One comparison. Which blobs are nobody's is decided last, when it is known which documents lack theirs: so the
/// storage is listed twice where there are any, rather than their names be kept.
class Audit {
public:
    Audit(db::Database& database, storage::Storage& storage, Timestamp created_before, const StorageFindings& findings,
          const std::stop_token& stop)
        : database_(database), storage_(storage), created_before_(created_before), findings_(findings), stop_(stop) {}

    std::optional<StorageAuditResult> run() {
        // Each step but the last needs all of the one before: of half the documents nothing follows for any blob.
        for (const auto step :
             {&Audit::read_names, &Audit::meet_blobs, &Audit::look_at_documents, &Audit::judge_blobs}) {
            (this->*step)();
            if (stop_.stop_requested()) {
                return std::nullopt;
            }
        }
        return result_;
    }

private:
    void read_names() {
        files::for_each_file(
            database_,
            [&](const files::PlacedFile& document) {
                names_.add(document.place);
                ++result_.documents;
            },
            stop_);
        names_.seal();
    }

    void meet_blobs() {
        storage_.list("", [&](const storage::BlobProperties& blob) {
            ++result_.blobs;
            const bool is_known = names_.meet(blob.name);
            has_unknown_ = has_unknown_ || (!is_known && blob.last_modified < created_before_);
            return !stop_.stop_requested();
        });
    }

    void look_at_documents() {
        files::for_each_file(
            database_,
            [&](const files::PlacedFile& document) {
                const bool was_met = names_.was_met(document.place);
                if (has_unknown_) {
                    add_possible_blobs(document, was_met);
                }
                if (!was_met && is_missing(document.place)) {
                    findings_.on_missing(document);
                }
            },
            stop_);
        possible_.seal();
    }

    /// What is in the second container is not looked at: while that is away, or its signature has expired, the storage
    /// is compared all the same.
    [[nodiscard]] bool is_missing(const std::string& blob_name) {
        return !storage::is_in_second_container(blob_name) && !storage_.exists(blob_name) && still_has(blob_name);
    }

    /// A document whose blob is where it says has no other, if it was stored here. One of the platform, which has no
    /// checksum, says it by its path, where another's blob may lie by now.
    void add_possible_blobs(const files::PlacedFile& document, bool was_met) {
        if (!was_met || !document.sha256) {
            possible_.add_names(document);
        }
        if (!was_met) {
            possible_.add_content(document);
        }
    }

    void judge_blobs() {
        if (!has_unknown_) {
            return;
        }
        storage_.list("", [&](const storage::BlobProperties& blob) {
            if (!names_.has(blob.name) && blob.last_modified < created_before_ && !still_has(blob.name)) {
                (may_be_a_documents(blob) ? findings_.on_doubtful : findings_.on_orphan)(blob);
            }
            return !stop_.stop_requested();
        });
    }

    [[nodiscard]] bool may_be_a_documents(const storage::BlobProperties& blob) const {
        return possible_.may_have(blob, [&](const auto& asked) { return sha256_of(storage_, asked, stop_); });
    }

    [[nodiscard]] bool still_has(std::string_view blob_name) {
        return database_.read([&](db::Session& session) { return files::is_in_use(session, blob_name); });
    }

    db::Database& database_;
    storage::Storage& storage_;
    Timestamp created_before_;
    const StorageFindings& findings_;
    const std::stop_token& stop_;
    StorageAuditResult result_;
    NameSet names_;
    bool has_unknown_ = false;
    PossibleBlobs possible_;
};

}  // namespace

std::optional<StorageAuditResult> audit_storage(db::Database& database, storage::Storage& storage,
                                                Timestamp created_before, const StorageFindings& findings,
                                                const std::stop_token& stop) {
    return Audit(database, storage, created_before, findings, stop).run();
}

std::optional<std::string> sha256_of(storage::Storage& storage, const storage::BlobProperties& blob,
                                     const std::stop_token& stop) {
    constexpr std::size_t chunk = std::size_t{64} * 1024;
    const auto source = storage.download_stream(blob.name, 0, blob.size);
    if (!source) {
        return std::nullopt;
    }
    Sha256 hash;
    std::vector<char> buffer(chunk);
    while (const std::size_t count = source->read(buffer)) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        hash.update({buffer.data(), count});
    }
    return hash.finish();
}

}  // namespace nassaq::jobs
