#include "texts/mongo.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "texts/mongo_client.hpp"
#include "texts/mongo_document.hpp"

namespace nassaq::texts {
namespace {

using std::chrono::milliseconds;

/// How often the server is asked whether it answers: while it does, and while it does not.
constexpr milliseconds watch_interval{5000};
constexpr milliseconds outage_interval{500};
/// Documents.mongo_doc_id
constexpr std::size_t longest_id = 36;
/// How long a request waits for one of the clients, all of which others have.
constexpr milliseconds request_queue_timeout{1000};

Uri require_uri(const std::string& text) {
    std::string fault;
    Uri uri = parse_uri(text, fault);
    if (!uri) {
        throw std::invalid_argument(fault);
    }
    return uri;
}

/// Whether the server answers, as far as is known.
class Availability {
public:
    void note_success() {
        if (set("")) {
            log::info("the text store answers again");
        }
    }
    void note_failure(const std::string& reason) {
        if (set(reason)) {
            log::warning("the text store is away; texts wait for it", {{"error", reason}});
        }
    }
    /// @throws Unavailable
    void require() {
        const std::scoped_lock lock(mutex_);
        if (!reason_.empty()) {
            throw Unavailable("the text store is away: " + reason_);
        }
    }
    /// The same, but waits until anything is known.
    void require_known(milliseconds longest) {
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait_for(lock, longest, [&] { return is_known_; })) {
                throw Unavailable("the text store has not answered yet");
            }
        }
        require();
    }
    /// Until it is to be looked again: earlier than planned when somebody else notes that the server is away.
    void wait(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        const bool was_away = !reason_.empty();
        changed_.wait_for(lock, stop, was_away ? outage_interval : watch_interval,
                          [&] { return reason_.empty() == was_away; });
    }

private:
    /// @return whether that is another state than before.
    bool set(const std::string& reason) {
        const std::scoped_lock lock(mutex_);
        const bool changed = reason_.empty() != reason.empty();
        reason_ = reason;
        is_known_ = true;
        changed_.notify_all();
        return changed;
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::string reason_;  ///< Why it is away; empty when it is there.
    bool is_known_ = false;
};

class MongoTextStore final : public TextStore {
public:
    explicit MongoTextStore(MongoOptions options);

    std::string put(const Subject& subject, const ocr::Document& document) override;
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) override;
    std::unique_ptr<TextReader> read(std::int64_t doc_id) override;
    /// Gives what one document holds of a text to `visit`: the main document is part 0.
    /// @param head  what the main document says: left there by part 0, and asked of it by the others.
    /// @return false when there is no such document.
    bool visit_part(std::int64_t doc_id, std::size_t part, Head& head, const std::function<void(const bson_t&)>& visit);
    void remove(std::int64_t doc_id) override;
    std::optional<std::string> find_blob_path(std::int64_t doc_id) override;
    void check() override;

private:
    template <class Work>
    auto use(ClientPool& pool, Work work);
    void watch(const std::stop_token& stop);
    void ensure_indexes(Collection& collection);

    MongoOptions options_;
    Uri uri_;
    ClientPool requests_;
    ClientPool jobs_;
    std::atomic<bool> has_indexes_ = false;
    Availability availability_;
    std::jthread watcher_;  ///< Last, so that it ends first.
};

MongoTextStore::MongoTextStore(MongoOptions options)
    : options_(std::move(options)),
      uri_(require_uri(options_.uri)),
      // One more for the watcher, which asks the way requests do.
      requests_(*uri_, {.size = options_.readers + 1,
                        .selection_timeout = options_.selection_timeout,
                        .answer_timeout = options_.request_timeout,
                        .queue_timeout = request_queue_timeout}),
      jobs_(*uri_, {.size = options_.writers,
                    .selection_timeout = options_.selection_timeout,
                    .answer_timeout = options_.job_timeout,
                    .queue_timeout = options_.job_timeout}),
      watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

/// Calls `work` with a client, and keeps the books on whether the server is there.
template <class Work>
auto MongoTextStore::use(ClientPool& pool, Work work) {
    availability_.require();
    const auto collection = pool.find_client(options_.database, options_.collection);
    if (!collection) {
        throw Unavailable("the text store is busy");
    }
    try {
        return work(*collection);
    } catch (const Unavailable& error) {
        availability_.note_failure(error.what());
        throw;
    }
}

bool is_there(Collection& collection, const bson_t& filter) {
    return collection.find(filter, nullptr, [](const bson_t&) {});
}

/// Whoever finds that another has just inserted the document has one to update, and the other way round.
void write_main(Collection& collection, const Subject& subject, const bson_t& main, const bson_t& update) {
    constexpr int most_attempts = 3;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (collection.update(*by_doc_id_unless_later(subject), update)) {
            return;
        }
        if (is_there(collection, *by_doc_id_if_later(subject))) {
            throw Outdated("a text was not put: that of a later version is there");
        }
        if (!is_there(collection, *by_doc_id(subject.doc_id)) && collection.insert(main)) {
            return;
        }
    }
    throw std::runtime_error("a text comes and goes all the time");
}

std::string MongoTextStore::put(const Subject& subject, const ocr::Document& document) {
    const auto groups = split(document);
    const std::string revision = revision_of(document);
    const Bson filter = by_doc_id(subject.doc_id);
    const Bson head_fields(BCON_NEW("revision", BCON_INT32(1), "parts", BCON_INT32(1)));
    return use(jobs_, [&](Collection& collection) {
        ensure_indexes(collection);
        Head old;
        const auto keep_head = [&](const bson_t& main) { old = read_head(main); };
        collection.find(*filter, head_fields.get(), keep_head);
        const std::size_t parts = groups.size() - 1;
        // The parts go first: whoever sees the main document sees them all.
        for (std::size_t part = 1; part <= parts; ++part) {
            const std::string id = part_id(subject.doc_id, revision, part);
            const Bson by_id(BCON_NEW("_id", BCON_UTF8(id.c_str())));
            collection.replace(*by_id, *part_document(subject.doc_id, revision, part, groups[part]));
        }
        write_main(collection, subject, *main_document(subject, document, groups.front(), revision, parts),
                   *main_update(subject, document, groups.front(), revision, parts));
        if (!old.revision.empty() && old.revision != revision) {
            const Bson stale(
                BCON_NEW("text_of", BCON_INT64(subject.doc_id), "revision", BCON_UTF8(old.revision.c_str())));
            collection.remove_all(*stale);
        }
        return !old.id.empty() && old.id.size() <= longest_id ? old.id : text_id_of(subject.doc_id);
    });
}

bool MongoTextStore::visit_part(std::int64_t doc_id, std::size_t part, Head& head,
                                const std::function<void(const bson_t&)>& visit) {
    return use(requests_, [&](Collection& collection) {
        if (part == 0) {
            return collection.find(*by_doc_id(doc_id), nullptr, [&](const bson_t& main) {
                head = read_head(main);
                visit(main);
            });
        }
        const std::string id = part_id(doc_id, head.revision, part);
        const Bson by_id(BCON_NEW("_id", BCON_UTF8(id.c_str())));
        return collection.find(*by_id, nullptr, visit);
    });
}

/// Document by document. The parts are of one revision, and are gone when another text is put.
class MongoTextReader final : public TextReader {
public:
    MongoTextReader(MongoTextStore& store, std::int64_t doc_id) : store_(store), doc_id_(doc_id) {}

    std::optional<ocr::Page> next() override {
        while (pages_.empty() && next_part_ <= head_.parts) {
            read_part();
        }
        if (pages_.empty()) return std::nullopt;
        ocr::Page page = std::move(pages_.front());
        pages_.pop_front();
        return page;
    }
    [[nodiscard]] std::size_t memory() const override { return std::max(most_held_, Budgets().other); }

private:
    void read_part() {
        const std::function<void(const ocr::Page&)> keep = [&](const ocr::Page& page) { pages_.push_back(page); };
        PageReader reader(keep);
        const bool found =
            store_.visit_part(doc_id_, next_part_, head_, [&](const bson_t& document) { reader.read(document); });
        reader.finish();
        if (!found && next_part_ > 0) {
            throw std::runtime_error("a part of the text is missing; it may have been replaced just now");
        }
        ++next_part_;
        std::size_t held = 0;
        for (const ocr::Page& page : pages_) held += page.text.size();
        most_held_ = std::max(most_held_, held);
    }

    MongoTextStore& store_;
    std::int64_t doc_id_;
    Head head_;
    std::size_t next_part_ = 0;
    std::deque<ocr::Page> pages_;  ///< Read, and not given out yet.
    std::size_t most_held_ = 0;
};

std::unique_ptr<TextReader> MongoTextStore::read(std::int64_t doc_id) {
    return std::make_unique<MongoTextReader>(*this, doc_id);
}

bool MongoTextStore::visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    return use(requests_, [&](Collection& collection) {
        PageReader reader(visit);
        Head head;
        const bool found = collection.find(*by_doc_id(doc_id), nullptr, [&](const bson_t& main) {
            head = read_head(main);
            reader.read(main);
        });
        for (std::size_t part = 1; part <= head.parts; ++part) {
            const std::string id = part_id(doc_id, head.revision, part);
            const Bson by_id(BCON_NEW("_id", BCON_UTF8(id.c_str())));
            if (!collection.find(*by_id, nullptr, [&](const bson_t& document) { reader.read(document); })) {
                throw std::runtime_error("a part of the text is missing; it may have been replaced just now");
            }
        }
        reader.finish();
        return found;
    });
}

void MongoTextStore::remove(std::int64_t doc_id) {
    use(requests_, [&](Collection& collection) {
        collection.remove_all(*by_doc_id(doc_id));
        const Bson parts(BCON_NEW("text_of", BCON_INT64(doc_id)));
        collection.remove_all(*parts);
    });
}

std::optional<std::string> MongoTextStore::find_blob_path(std::int64_t doc_id) {
    const Bson only_path(BCON_NEW("blob_path", BCON_INT32(1)));
    return use(requests_, [&](Collection& collection) {
        std::optional<std::string> path;
        collection.find(*by_doc_id(doc_id), only_path.get(), [&](const bson_t& main) { path = read_blob_path(main); });
        return path;
    });
}

void MongoTextStore::check() {
    availability_.require_known(options_.selection_timeout);
}

/// Without them every text is looked for in all of the collection; but it is found.
void MongoTextStore::ensure_indexes(Collection& collection) {
    if (has_indexes_) {
        return;
    }
    try {
        collection.ensure_index("doc_id");
        collection.ensure_index("text_of");
    } catch (const Unavailable&) {
        throw;
    } catch (const std::exception& error) {
        log::warning("the text store has no index; looking for texts will be slow", {{"error", error.what()}});
    }
    has_indexes_ = true;
}

void MongoTextStore::watch(const std::stop_token& stop) {
    const Bson nobody = by_doc_id(0);
    while (!stop.stop_requested()) {
        try {
            // No more than somebody who may read the texts may do. When all clients are lent, others will tell.
            if (const auto collection = requests_.find_client(options_.database, options_.collection)) {
                collection->find(*nobody, nullptr, [](const bson_t&) {});
                availability_.note_success();
            }
        } catch (const std::exception& error) {
            availability_.note_failure(error.what());
        }
        availability_.wait(stop);
    }
}

}  // namespace

std::string fault_of_mongo_uri(const std::string& uri) {
    std::string fault;
    if (parse_uri(uri, fault)) {
        return {};
    }
    return fault.empty() ? "is no URI of MongoDB" : fault;
}

MongoReport inspect_mongo(const MongoOptions& options) {
    ClientPool pool(*require_uri(options.uri), {.size = 1,
                                                .selection_timeout = options.selection_timeout,
                                                .answer_timeout = options.request_timeout,
                                                .queue_timeout = options.request_timeout});
    const auto collection = pool.find_client(options.database, options.collection);
    // Whoever may read the texts may ask this; the version is told even to strangers.
    collection->find(*by_doc_id(0), nullptr, [](const bson_t&) {});
    MongoReport report{.version = collection->server_version()};
    const auto fields = collection->indexed_fields();
    report.has_collection = !fields.empty();
    report.has_index = std::ranges::find(fields, "doc_id") != fields.end();
    report.documents = report.has_collection ? collection->estimated_count() : 0;
    return report;
}

std::unique_ptr<TextStore> make_mongo_text_store(MongoOptions options) {
    return std::make_unique<MongoTextStore>(std::move(options));
}

}  // namespace nassaq::texts
