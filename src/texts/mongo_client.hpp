#pragma once

#include <mongoc/mongoc.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "texts/mongo_document.hpp"

/// libmongoc with owners for what must be freed, and its errors as exceptions. https://mongoc.org/libmongoc/1.23.1/
namespace nassaq::texts {

/// To be called before anything else of libmongoc, any number of times: its log goes to ours from then on.
void start_mongoc();

struct FreeUri {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using Uri = std::unique_ptr<mongoc_uri_t, FreeUri>;

/// @return nothing when the text is no URI of MongoDB; `fault` says why, with nothing of the user's name and password.
Uri parse_uri(const std::string& text, std::string& fault);

/// A client on loan from a pool, and one collection. For one thread at a time.
/// All of its functions throw Unavailable when the server is away, and std::runtime_error when it refuses.
class Collection {
public:
    Collection(mongoc_client_pool_t& pool, mongoc_client_t& client, const std::string& database,
               const std::string& collection);
    Collection(const Collection&) = delete;
    Collection& operator=(const Collection&) = delete;
    ~Collection();

    /// Calls `visit` with the first document that the filter finds. @return false when there is none.
    bool find(const bson_t& filter, const bson_t* projection, const std::function<void(const bson_t&)>& visit);
    /// @return false when there is one of that `_id` already.
    bool insert(const bson_t& document);
    /// @return false when the filter finds none.
    bool update(const bson_t& filter, const bson_t& update);
    void replace(const bson_t& filter, const bson_t& document);
    void remove_all(const bson_t& filter);
    /// An index that is there with other options will do.
    void ensure_index(const char* field);

    /// The server's version, as it says it.
    std::string server_version();
    /// The first fields of all indexes; none: there is no such collection, because each has an index of `_id`.
    std::vector<std::string> indexed_fields();
    /// By the server's own books: exact enough for people.
    std::uint64_t estimated_count();

private:
    mongoc_client_pool_t& pool_;
    mongoc_client_t& client_;
    mongoc_collection_t* collection_;
};

/// Clients that share what they know of the servers. Safe to use from several threads.
class ClientPool {
public:
    struct Options {
        std::size_t size = 1;
        std::chrono::milliseconds selection_timeout{};
        std::chrono::milliseconds answer_timeout{};
        std::chrono::milliseconds queue_timeout{};  ///< How long to wait for a client when all are lent.
    };

    /// Shortens what the URI says about waiting; it says nothing that makes it longer.
    ClientPool(const mongoc_uri_t& uri, Options options);

    /// @return nothing when all clients are lent.
    std::unique_ptr<Collection> find_client(const std::string& database, const std::string& collection);

private:
    struct Free {
        void operator()(mongoc_client_pool_t* pool) const { mongoc_client_pool_destroy(pool); }
    };
    std::unique_ptr<mongoc_client_pool_t, Free> pool_;
};

}  // namespace nassaq::texts
