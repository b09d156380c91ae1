#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "texts/text_store.hpp"

namespace nassaq::texts {

struct MongoOptions {
    std::string uri;  ///< A secret. https://www.mongodb.com/docs/manual/reference/connection-string/
    std::string database;
    std::string collection;
    std::size_t readers = 2;  ///< Requests that may use the store at a time; so many it can hold up, and no more.
    std::size_t writers = 1;  ///< Jobs that may.

    /// Whatever the URI says, nobody waits longer than this for a server to be found, and to be connected to.
    std::chrono::milliseconds selection_timeout{3000};
    std::chrono::milliseconds request_timeout{5000};  ///< For an answer, on behalf of a request.
    std::chrono::milliseconds job_timeout{30'000};    ///< For an answer, on behalf of a job.
};

/// What is wrong with a connection string, without repeating a secret; empty when it is fine.
std::string fault_of_mongo_uri(const std::string& uri);

/// Keeps texts in MongoDB, Azure Cosmos DB, or another server that speaks MongoDB's protocol, as the platform's cloud
/// worker does: a document for each text, found by `doc_id`; docs/decisions/0025 has the format.
///
/// A thread of its own looks whether the server answers. While it does not, everything throws Unavailable at once.
/// @throws std::invalid_argument for a URI that fault_of_mongo_uri() refuses. Nothing is connected to yet.
std::unique_ptr<TextStore> make_mongo_text_store(MongoOptions options);

/// What an operator is told of the store.
struct MongoReport {
    std::string version;          ///< Of the server, as it says it.
    bool has_collection = false;  ///< It is made with the first text.
    bool has_index = false;       ///< By which texts are found.
    std::uint64_t documents = 0;  ///< About as many.
};

/// Connects, logs in and looks at the collection, and changes nothing.
/// @throws Unavailable when the server is away or refuses the user, std::runtime_error when it refuses a question.
MongoReport inspect_mongo(const MongoOptions& options);

}  // namespace nassaq::texts
