#include "texts/mongo_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"

namespace nassaq::texts {
namespace {

constexpr const char* application_name = "nassaq";

/// MongoDB's base/error_codes.yml
constexpr std::uint32_t duplicate_key = 11000;
constexpr std::array<std::uint32_t, 2> other_index_codes{85, 86};  // IndexOptionsConflict, IndexKeySpecsConflict

/// Codes by which a server says that it cannot now, or not for this user now, and that have nothing to do with what it
/// was asked to keep: of base/error_codes.yml, and 16500, by which Cosmos DB says that too much is asked of it
/// (Microsoft Learn, "Prevent rate-limiting errors for Azure Cosmos DB for MongoDB operations").
constexpr std::array<std::uint32_t, 22> outage_codes{6,     7,     13,    18,    24,    50,   89,    91,
                                                     112,   133,   189,   202,   262,   9001, 10058, 10107,
                                                     11600, 11602, 13388, 13435, 14031, 16500};

bool is_outage(const bson_error_t& error) {
    switch (error.domain) {
        case MONGOC_ERROR_SERVER_SELECTION:
        case MONGOC_ERROR_STREAM:
        case MONGOC_ERROR_PROTOCOL:
            return true;
        case MONGOC_ERROR_CLIENT:
            return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE || error.code == MONGOC_ERROR_CLIENT_NOT_READY;
        case MONGOC_ERROR_SERVER:
        case MONGOC_ERROR_WRITE_CONCERN:
            return std::ranges::find(outage_codes, error.code) != outage_codes.end();
        default:
            return false;
    }
}

[[noreturn]] void fail(std::string_view action, const bson_error_t& error) {
    const std::string message = fmt::format("{}: {} (MongoDB error {})", action, error.message, error.code);
    if (is_outage(error)) {
        throw Unavailable(message);
    }
    throw std::runtime_error(message);
}

/// What libmongoc reports of a server that does not answer, many times a second, is told once by the text store.
void log_message(mongoc_log_level_t level, const char* domain, const char* message, void* /*data*/) {
    switch (level) {
        case MONGOC_LOG_LEVEL_ERROR:
        case MONGOC_LOG_LEVEL_CRITICAL:
            return log::error("libmongoc reports", {{"domain", domain}, {"message", message}});
        case MONGOC_LOG_LEVEL_WARNING:
            return log::warning("libmongoc reports", {{"domain", domain}, {"message", message}});
        case MONGOC_LOG_LEVEL_MESSAGE:
        case MONGOC_LOG_LEVEL_INFO:
        case MONGOC_LOG_LEVEL_DEBUG:
            return log::debug("libmongoc reports", {{"domain", domain}, {"message", message}});
        case MONGOC_LOG_LEVEL_TRACE:
            return;  // The bytes of what is sent.
    }
}

struct FreeCursor {
    void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
using Cursor = std::unique_ptr<mongoc_cursor_t, FreeCursor>;

/// A text among the fields of a document; empty when there is none.
std::string text_at(const bson_t& document, const char* field) {
    bson_iter_t at;
    return bson_iter_init_find(&at, &document, field) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, nullptr)
                                                                                   : std::string();
}

bool is_percent_encoded(std::string_view text) {
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
        if (at + 2 >= text.size() || text::hex_value(text[at + 1]) < 0 || text::hex_value(text[at + 2]) < 0) {
            return false;
        }
    }
    return true;
}

/// What libmongoc's own messages would quote with the password in it.
std::string fault_of_user_information(std::string_view text) {
    constexpr std::string_view what = "user and password must be percent-encoded ('@' as %40, '/' as %2F, '%' as %25)";
    const std::size_t begin = text.find("://");
    if (begin == std::string_view::npos || !text.starts_with("mongodb")) {
        return "does not begin with mongodb:// or mongodb+srv://";
    }
    const std::string_view rest = text.substr(begin + 3);
    const std::size_t at = rest.rfind('@');
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view user = rest.substr(0, at);
    const bool clean = user.find_first_of("@/?#[]") == std::string_view::npos && is_percent_encoded(user) &&
                       std::ranges::count(user, ':') <= 1;
    return std::string(clean ? std::string_view() : what);
}

void shorten(mongoc_uri_t& uri, const char* option, std::chrono::milliseconds most) {
    const auto limit = static_cast<std::int32_t>(most.count());
    const std::int32_t wanted = mongoc_uri_get_option_as_int32(&uri, option, limit);
    mongoc_uri_set_option_as_int32(&uri, option, wanted > 0 ? std::min(wanted, limit) : limit);
}

}  // namespace

void start_mongoc() {
    static std::once_flag once;
    std::call_once(once, [] {
        mongoc_log_set_handler(log_message, nullptr);
        // Never cleaned up: libmongoc cannot be started a second time, and what it keeps ends with the process.
        mongoc_init();
    });
}

Uri parse_uri(const std::string& text, std::string& fault) {
    start_mongoc();
    fault = fault_of_user_information(text);
    if (!fault.empty()) {
        return nullptr;
    }
    bson_error_t error{};
    Uri uri(mongoc_uri_new_with_error(text.c_str(), &error));
    if (!uri) {
        fault = error.message;
    }
    return uri;
}

// ---- Collection

Collection::Collection(mongoc_client_pool_t& pool, mongoc_client_t& client, const std::string& database,
                       const std::string& collection)
    : pool_(pool),
      client_(client),
      collection_(mongoc_client_get_collection(&client, database.c_str(), collection.c_str())) {}

Collection::~Collection() {
    mongoc_collection_destroy(collection_);
    mongoc_client_pool_push(&pool_, &client_);
}

bool Collection::find(const bson_t& filter, const bson_t* projection, const std::function<void(const bson_t&)>& visit) {
    const Bson options(bson_new());
    bson_append_int64(options.get(), "limit", -1, 1);
    if (projection != nullptr) {
        bson_append_document(options.get(), "projection", -1, projection);
    }
    const Cursor cursor(mongoc_collection_find_with_opts(collection_, &filter, options.get(), nullptr));
    const bson_t* document = nullptr;
    if (mongoc_cursor_next(cursor.get(), &document)) {
        visit(*document);
        return true;
    }
    bson_error_t error{};
    if (mongoc_cursor_error(cursor.get(), &error)) {
        fail("reading a text", error);
    }
    return false;
}

bool Collection::insert(const bson_t& document) {
    bson_error_t error{};
    if (mongoc_collection_insert_one(collection_, &document, nullptr, nullptr, &error)) {
        return true;
    }
    if (error.code != duplicate_key) {
        fail("writing a text", error);
    }
    return false;
}

bool Collection::update(const bson_t& filter, const bson_t& update) {
    bson_error_t error{};
    bson_t reply;
    const bool is_done = mongoc_collection_update_one(collection_, &filter, &update, nullptr, &reply, &error);
    const Bson owner(&reply);  // Made by the call, however it ends.
    if (!is_done) {
        fail("writing a text", error);
    }
    bson_iter_t matched;
    return bson_iter_init_find(&matched, &reply, "matchedCount") && bson_iter_as_int64(&matched) > 0;
}

void Collection::replace(const bson_t& filter, const bson_t& document) {
    const Bson options(bson_new());
    bson_append_bool(options.get(), "upsert", -1, true);
    bson_error_t error{};
    if (!mongoc_collection_replace_one(collection_, &filter, &document, options.get(), nullptr, &error)) {
        fail("writing a part of a text", error);
    }
}

void Collection::remove_all(const bson_t& filter) {
    bson_error_t error{};
    if (!mongoc_collection_delete_many(collection_, &filter, nullptr, nullptr, &error)) {
        fail("removing a text", error);
    }
}

void Collection::ensure_index(const char* field) {
    const std::string name = fmt::format("{}_1", field);
    const Bson command(BCON_NEW("createIndexes", BCON_UTF8(mongoc_collection_get_name(collection_)), "indexes", "[",
                                "{", "key", "{", field, BCON_INT32(1), "}", "name", BCON_UTF8(name.c_str()), "}", "]"));
    bson_error_t error{};
    if (mongoc_collection_write_command_with_opts(collection_, command.get(), nullptr, nullptr, &error) ||
        std::ranges::find(other_index_codes, error.code) != other_index_codes.end()) {
        return;
    }
    fail("making an index", error);
}

std::string Collection::server_version() {
    const Bson command(BCON_NEW("buildInfo", BCON_INT32(1)));
    bson_t reply;
    bson_error_t error{};
    const bool is_told = mongoc_client_command_simple(&client_, "admin", command.get(), nullptr, &reply, &error);
    const std::string found = is_told ? text_at(reply, "version") : std::string();
    bson_destroy(&reply);
    if (!is_told) {
        fail("asking for the server's version", error);
    }
    return found;
}

std::vector<std::string> Collection::indexed_fields() {
    const Cursor cursor(mongoc_collection_find_indexes_with_opts(collection_, nullptr));
    std::vector<std::string> fields;
    const bson_t* index = nullptr;
    while (mongoc_cursor_next(cursor.get(), &index)) {
        bson_iter_t at;
        bson_iter_t key;
        if (bson_iter_init_find(&at, index, "key") && bson_iter_recurse(&at, &key) && bson_iter_next(&key)) {
            fields.emplace_back(bson_iter_key(&key));
        }
    }
    bson_error_t error{};
    if (mongoc_cursor_error(cursor.get(), &error) && error.code != MONGOC_ERROR_COLLECTION_DOES_NOT_EXIST) {
        fail("looking at the indexes", error);
    }
    return fields;
}

std::uint64_t Collection::estimated_count() {
    bson_error_t error{};
    const std::int64_t count =
        mongoc_collection_estimated_document_count(collection_, nullptr, nullptr, nullptr, &error);
    if (count < 0) {
        fail("counting the texts", error);
    }
    return static_cast<std::uint64_t>(count);
}

// ---- ClientPool

ClientPool::ClientPool(const mongoc_uri_t& uri, Options options) {
    const Uri own(mongoc_uri_copy(&uri));
    shorten(*own, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options.selection_timeout);
    shorten(*own, MONGOC_URI_CONNECTTIMEOUTMS, options.selection_timeout);
    shorten(*own, MONGOC_URI_SOCKETTIMEOUTMS, options.answer_timeout);
    mongoc_uri_set_option_as_int32(own.get(), MONGOC_URI_WAITQUEUETIMEOUTMS,
                                   static_cast<std::int32_t>(options.queue_timeout.count()));
    mongoc_uri_set_option_as_int32(own.get(), MONGOC_URI_MAXPOOLSIZE, static_cast<std::int32_t>(options.size));
    const bool has_name = mongoc_uri_get_option_as_utf8(own.get(), MONGOC_URI_APPNAME, nullptr) != nullptr;
    bson_error_t error{};
    pool_.reset(mongoc_client_pool_new_with_error(own.get(), &error));
    if (!pool_) {
        throw std::invalid_argument(error.message);
    }
    mongoc_client_pool_set_error_api(pool_.get(), MONGOC_ERROR_API_VERSION_2);
    if (!has_name) {
        mongoc_client_pool_set_appname(pool_.get(), application_name);
    }
}

std::unique_ptr<Collection> ClientPool::find_client(const std::string& database, const std::string& collection) {
    mongoc_client_t* client = mongoc_client_pool_pop(pool_.get());
    return client == nullptr ? nullptr : std::make_unique<Collection>(*pool_, *client, database, collection);
}

}  // namespace nassaq::texts
