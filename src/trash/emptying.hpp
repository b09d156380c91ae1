#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>

#include "db/database.hpp"
#include "jobs/blob_deletion.hpp"
#include "texts/text_store.hpp"

namespace nassaq::trash {

/// Removes for good what has been in the trash for its time. One thread; any number of nodes.
class Emptying {
public:
    static constexpr std::chrono::seconds interval{10};

    Emptying(db::Database& database, texts::TextStore& texts, jobs::BlobDeletions& deletions)
        : database_(database), texts_(texts), deletions_(deletions) {}

    /// All that is due, until `stop` is requested. @return how many documents are gone. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    db::Database& database_;
    texts::TextStore& texts_;
    jobs::BlobDeletions& deletions_;
};

}  // namespace nassaq::trash
