#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"
#include "files/old_place.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"

namespace nassaq::files {

/// Finds the files of documents whose rows do not say for certain where they are. A worker of the Python platform moves
/// them and tells MongoDB alone; another of its servers has put them into the second container. Safe to use from
/// several threads. What it throws are the errors of the storage and of the text store.
class PlaceFinder {
public:
    PlaceFinder(db::Database& database, storage::Storage& storage, texts::TextStore& texts)
        : database_(database), storage_(storage), texts_(texts) {}

    /// The first place where the file is: what MongoDB says, the document's row, the second container. Where it is
    /// nowhere, what is the likeliest.
    [[nodiscard]] std::string find(const UntakenDocument& document);
    /// For a document whose current file is not at `place`: finds where it has gone, and writes that down.
    std::optional<std::string> follow(std::int64_t doc_id, const std::string& place);

private:
    [[nodiscard]] std::vector<std::string> candidates(std::int64_t doc_id, const std::string& place,
                                                      const std::string& text_id);
    [[nodiscard]] std::string name_in(const std::string& blob_path) const;
    [[nodiscard]] bool is_at(const std::string& place, const std::optional<std::int64_t>& size);

    db::Database& database_;
    storage::Storage& storage_;
    texts::TextStore& texts_;
};

}  // namespace nassaq::files
