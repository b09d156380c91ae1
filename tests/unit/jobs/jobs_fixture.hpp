#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "base/file.hpp"
#include "base/spool.hpp"
#include "broker/embedded.hpp"
#include "extraction/stage.hpp"
#include "jobs/blob_deletion.hpp"
#include "jobs/message.hpp"
#include "jobs/outbox.hpp"
#include "jobs/recovery.hpp"
#include "jobs/worker.hpp"
#include "storage/local.hpp"
#include "texts/sql.hpp"

namespace nassaq::jobs {

using Extract = extraction::Extract;

}  // namespace nassaq::jobs

namespace nassaq::jobs::test {

using namespace std::chrono_literals;
using nassaq::test::TemporaryFolder;
using nassaq::test::TestDatabase;

/// The embedded queue, which can be switched off as if it were a broker on another machine.
class SwitchableBroker final : public broker::Broker {
public:
    explicit SwitchableBroker(db::Database& database) : broker_(broker::make_embedded_broker(database)) {}

    std::vector<broker::Refusal> publish(std::string_view queue, std::span<const broker::Message> messages) override {
        ++publish_calls;
        check();
        std::vector<broker::Message> taken;
        std::vector<broker::Refusal> refusals;
        for (const broker::Message& message : messages) {
            if (refused_body && message.body == *refused_body) {
                refusals.push_back({.message_id = message.id, .reason = "poison"});
            } else {
                taken.push_back(message);
            }
        }
        static_cast<void>(broker_->publish(queue, taken));
        if (fails_after_publish) {
            throw std::runtime_error("the connection broke before the confirmation came");
        }
        published += static_cast<int>(taken.size());
        return refusals;
    }
    std::optional<broker::Delivery> receive(std::string_view queue, std::stop_token stop) override {
        check();
        return broker_->receive(queue, std::move(stop));
    }
    void acknowledge(const broker::Delivery& delivery) override {
        check();
        if (!loses_acknowledgements) {
            broker_->acknowledge(delivery);
        }
    }
    void release(const broker::Delivery& delivery) override { broker_->release(delivery); }
    void check() override {
        ++check_calls;
        if (is_away) {
            throw std::runtime_error("the broker is away");
        }
    }
    std::uint64_t depth(std::string_view queue) override {
        check();
        return broker_->depth(queue);
    }
    std::uint64_t purge(std::string_view queue) override { return broker_->purge(queue); }

    std::atomic<bool> is_away = false;
    std::atomic<bool> fails_after_publish = false;
    std::atomic<bool> loses_acknowledgements = false;
    std::atomic<int> publish_calls = 0;
    std::atomic<int> check_calls = 0;
    std::atomic<int> published = 0;  ///< Messages.
    std::optional<std::string> refused_body;

private:
    std::unique_ptr<broker::Broker> broker_;
};

/// A local storage whose removals can be made to fail or to hang.
class SwitchableStorage final : public storage::Storage {
public:
    explicit SwitchableStorage(const std::filesystem::path& root) : storage_(storage::make_local_storage(root)) {}

    std::expected<void, storage::UploadError> upload(std::string_view name, const SpoolFile& content,
                                                     std::string_view content_type) override {
        auto result = storage_->upload(name, content, content_type);
        if (after_upload) {
            after_upload();
        }
        return result;
    }
    std::unique_ptr<SpoolCompanion> send_early(storage::ExpectedUpload expected, const SpoolFile& content) override {
        return storage_->send_early(std::move(expected), content);
    }
    void share_bytes(std::string_view name, const SpoolFile& content) override { storage_->share_bytes(name, content); }
    std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) override {
        check();
        return storage_->download_stream(name, offset, length);
    }
    bool link(std::string_view name, const std::filesystem::path& file) override {
        return !is_on_another_disk && storage_->link(name, file);
    }
    void remove(std::string_view name) override {
        if (before_remove) {
            before_remove();
        }
        check();
        storage_->remove(name);
    }
    bool exists(std::string_view name) override { return storage_->exists(name); }
    std::optional<storage::BlobProperties> properties(std::string_view name) override {
        check();
        return storage_->properties(name);
    }
    void list(std::string_view prefix, const std::function<bool(const storage::BlobProperties&)>& visit) override {
        storage_->list(prefix, visit);
    }
    std::string url(std::string_view name) const override { return storage_->url(name); }
    bool is_stored_from(std::string_view name, const std::filesystem::path& leftover) override {
        return storage_->is_stored_from(name, leftover);
    }
    bool was_stored_here(std::string_view name) override { return storage_->was_stored_here(name); }
    bool is_remote() const override { return false; }
    bool crosses_network(std::string_view) const override { return false; }
    std::size_t abort_unfinished(Timestamp before) override { return storage_->abort_unfinished(before); }
    void check() override {
        if (is_away) {
            throw std::runtime_error("the storage is away");
        }
    }

    std::atomic<bool> is_away = false;
    std::atomic<bool> is_on_another_disk = false;
    std::function<void()> before_remove;
    std::function<void()> after_upload;

private:
    std::unique_ptr<storage::Storage> storage_;
};

/// The texts of the database, which can be switched off as if they were on another machine.
class SwitchableTexts final : public texts::TextStore {
public:
    explicit SwitchableTexts(db::Database& database) : texts_(texts::make_sql_text_store(database)) {}

    std::string put(const texts::Subject& subject, const ocr::Document& document) override {
        ++put_calls;
        check();
        return texts_->put(subject, document);
    }
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) override {
        check();
        return texts_->visit_pages(doc_id, visit);
    }
    std::unique_ptr<texts::TextReader> read(std::int64_t doc_id) override {
        check();
        return texts_->read(doc_id);
    }
    void remove(std::int64_t doc_id) override {
        check();
        if (refuses_removals) {
            throw std::runtime_error("it is not to be removed");
        }
        removed.push_back(doc_id);
        texts_->remove(doc_id);
    }
    void check() override {
        if (is_away) {
            throw texts::Unavailable("the text store is away");
        }
    }

    std::atomic<bool> is_away = false;
    std::atomic<bool> refuses_removals = false;
    std::atomic<int> put_calls = 0;
    std::vector<std::int64_t> removed;

private:
    std::unique_ptr<texts::TextStore> texts_;
};

/// Stands for the extraction: the file's bytes are the text of the one page.
inline std::expected<ocr::Document, ocr::Fault> read_as_text(const std::filesystem::path& file, std::string_view,
                                                             const std::stop_token&, const ocr::ReportProgress& = {}) {
    return ocr::Document{.pages = {{.number = 1, .text = file::read_small(file), .method = ocr::Method::decoded}},
                         .word_count = 1,
                         .average_confidence = 1.0,
                         .primary_language = "en"};
}

/// Everything that jobs need, real, in a folder of its own; without threads, so that a test takes each step itself.
class JobsTest : public testing::Test {
protected:
    static constexpr std::string_view queue = "ocr_queue";

    SpoolFile spooled(std::string_view content) {
        SpoolFile file = spool_.create();
        file.append(content);
        file.finish();
        return file;
    }

    /// Does what an upload does. @return the document's id.
    std::int64_t upload(const std::string& name, std::string_view content = "some text") {
        SpoolFile file = spooled(content);
        file.note_blob_name(name);
        if (!deletions_.upload(name, file, "text/plain")) {
            throw std::runtime_error("there is such a blob already: " + name);
        }
        const std::int64_t doc_id = database_.add_document(name, user_id_, name, file.sha256());
        database_.get().transaction([&](db::Session& session) {
            session.execute(
                "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                "VALUES (?, 'OCR', 'Queued', ?)",
                doc_id, now());
            enqueue(session, queue, doc_id, to_json(message_for(doc_id, name)), now());
        });
        return doc_id;
    }

    JobMessage message_for(std::int64_t doc_id, const std::string& name) const {
        return {.doc_id = doc_id, .file_path = storage_.url(name), .filename = name, .user_id = user_id_};
    }

    /// At once, as they are deleted by whoever deletes a document: a worker must not find it without its status.
    void delete_rows(std::int64_t doc_id) {
        database_.get().transaction([&](db::Session& session) {
            for (const char* table : {"Ocr_Results", "Processing_Status", "Documents"}) {
                session.execute("DELETE FROM " + std::string(table) + " WHERE doc_id = ?", doc_id);
            }
        });
    }

    Worker::Options worker_options() const { return {.worker_id = "test", .outage = {.base = 1ms, .cap = 2ms}}; }

    Worker::Parts worker_parts() {
        return {.database = database_.get(),
                .broker = broker_,
                .storage = storage_,
                .texts = *texts_,
                .finder = finder_,
                .spool = spool_,
                .stages = stages_};
    }

    Work extract_with(Extract extract) { return extract_with(std::move(extract), *texts_); }
    Work extract_with(Extract extract, texts::TextStore& texts) {
        return extraction::make_work({.database = database_.get(),
                                      .storage = storage_,
                                      .texts = texts,
                                      .extract = std::move(extract),
                                      .outage = {.base = 1ms, .cap = 5ms}});
    }

    std::unique_ptr<Worker> make_worker(Extract extract = read_as_text) {
        return make_worker(std::move(extract), worker_options());
    }

    std::unique_ptr<Worker> make_worker(Extract extract, Worker::Options options) {
        return std::make_unique<Worker>(worker_parts(), stages_.ocr(), extract_with(std::move(extract)),
                                        std::move(options));
    }

    JobStore job_store() { return {database_.get(), stages_, stages_.ocr()}; }

    /// To be called before what looks at the stages is made.
    void change_ocr(const std::function<void(Stage&)>& change) {
        std::vector<Stage> stages(stages_.all().begin(), stages_.all().end());
        change(stages.front());
        stages_ = Stages(std::move(stages));
    }

    /// Everything that waits in the outbox goes to the queue, also what is meant for later.
    void relay_all() {
        database_.execute("UPDATE Outbox SET available_at = ?", now());
        while (relay_.step() > 0) {
        }
    }

    /// One step with all that is due. @return false when the queue is empty.
    bool step(Worker& worker) {
        relay_all();
        return broker_.depth(queue) > 0 && worker.step({});
    }

    std::string status(std::int64_t doc_id) {
        return database_.text("SELECT status FROM Processing_Status WHERE doc_id = ?", doc_id).value_or("(none)");
    }
    std::string error_message(std::int64_t doc_id) {
        return database_.text("SELECT error_message FROM Processing_Status WHERE doc_id = ?", doc_id).value_or("");
    }
    std::int64_t attempts(std::int64_t doc_id) {
        return database_.count("SELECT COALESCE(attempts, 0) FROM Processing_Status WHERE doc_id = ?", doc_id);
    }
    bool is_claimed(std::int64_t doc_id) {
        return database_.count(
                   "SELECT COUNT(*) FROM Processing_Status WHERE doc_id = ? "
                   "AND (claimed_by IS NOT NULL OR claimed_until IS NOT NULL)",
                   doc_id) > 0;
    }
    std::int64_t results(std::int64_t doc_id) {
        return database_.count("SELECT COUNT(*) FROM Ocr_Results WHERE doc_id = ?", doc_id);
    }
    std::string text_of(std::int64_t doc_id) {
        std::string text;
        texts_->visit_pages(doc_id, [&](const ocr::Page& page) { text += page.text; });
        return text;
    }
    std::int64_t outbox_rows() { return database_.count("SELECT COUNT(*) FROM Outbox"); }
    std::int64_t queue_rows(std::string_view name = queue) {
        return database_.count("SELECT COUNT(*) FROM Job_Queue WHERE queue_name = ?", name);
    }
    std::vector<std::string> bodies(std::string_view name) {
        return database_.get().read([&](db::Session& session) {
            return session.query<std::string>("SELECT body FROM Job_Queue WHERE queue_name = ? ORDER BY job_id", name);
        });
    }
    void expire_claim(std::int64_t doc_id) {
        database_.execute("UPDATE Processing_Status SET claimed_until = ? WHERE doc_id = ?", now() - 1s, doc_id);
    }

    TemporaryFolder folder_;
    TestDatabase database_{folder_.path()};
    std::int64_t user_id_ = database_.add_user("user");
    Spool spool_{folder_ / "spool"};
    SwitchableStorage storage_{folder_ / "blobs"};
    SwitchableBroker broker_{database_.get()};
    std::unique_ptr<SwitchableTexts> texts_ = std::make_unique<SwitchableTexts>(database_.get());
    files::PlaceFinder finder_{database_.get(), storage_, *texts_};
    BlobDeletions deletions_{database_.get(), storage_};
    Stages stages_{{extraction::make_stage({.queue = std::string(queue)})}};
    OutboxRelay relay_{database_.get(), broker_, stages_, {.base = 1ms, .cap = 2ms}};
    Recovery recovery_{database_.get(), storage_, broker_, stages_};
};

}  // namespace nassaq::jobs::test
