#include "texts/mongo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "texts/mongo_client.hpp"
#include "texts/mongo_document.hpp"

namespace nassaq::texts {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

ocr::Document text_of(std::vector<std::string> texts) {
    ocr::Document document{.pages = {}, .word_count = 3, .average_confidence = 0.75, .primary_language = "ar"};
    for (std::string& text : texts) {
        document.pages.push_back(
            {.number = static_cast<std::int64_t>(document.pages.size()) + 1, .text = std::move(text)});
    }
    return document;
}

TEST(MongoUriTest, WhatIsNone) {
    EXPECT_EQ(fault_of_mongo_uri("mongodb://user:p%40ss@host:10260/?ssl=true"), "");
    EXPECT_EQ(fault_of_mongo_uri("mongodb://a:1,b:2/?replicaSet=rs"), "");
    EXPECT_THAT(fault_of_mongo_uri("http://host/"), HasSubstr("mongodb://"));
    EXPECT_THAT(fault_of_mongo_uri("mongodb://host:99999/"), Not(""));
    for (const std::string user : {"user:s3cr/et", "user:s3cr@et", "us:er:s3cret", "user:s3cr%et", "user:s3cret%4"}) {
        const std::string fault = fault_of_mongo_uri("mongodb://" + user + "@host:1/");
        EXPECT_THAT(fault, HasSubstr("percent-encoded"));
        EXPECT_THAT(fault, Not(HasSubstr("s3cr")));
    }
    EXPECT_THAT(fault_of_mongo_uri("mongodb://user:s3cret@host:x1/"), Not(HasSubstr("s3cret")));
    EXPECT_THROW(make_mongo_text_store({.uri = "mongodb://"}), std::invalid_argument);
}

TEST(MongoAwayTest, NobodyWaitsForLong) {
    // Nothing listens on port 1.
    const auto store = make_mongo_text_store({.uri = "mongodb://u:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=30000",
                                              .database = "d",
                                              .collection = "c",
                                              .selection_timeout = 300ms});
    EXPECT_THROW(store->check(), Unavailable);
    const auto begin = Clock::now();
    EXPECT_THAT([&] { store->visit_pages(1, [](const ocr::Page&) {}); },
                ThrowsMessage<Unavailable>(Not(HasSubstr("s3cret"))));
    for (int i = 0; i < 100; ++i) {
        EXPECT_THROW(store->visit_pages(1, [](const ocr::Page&) {}), Unavailable);
        EXPECT_THROW(store->put({.doc_id = 1}, text_of({"x"})), Unavailable);
        EXPECT_THROW(store->remove(1), Unavailable);
        EXPECT_THROW(store->check(), Unavailable);
    }
    EXPECT_LT(Clock::now() - begin, 2s);
}

/// Beside a real server that speaks MongoDB's protocol, with SCRAM-SHA-256 and TLS.
class MongoTest : public testing::Test {
protected:
    void SetUp() override {
        const char* uri = std::getenv("NASSAQ_TEST_MONGO");
        if (uri == nullptr) {
            GTEST_SKIP() << "no NASSAQ_TEST_MONGO";
        }
        uri_ = uri;
        store_ = make_mongo_text_store(options());
        store_->check();
    }

    [[nodiscard]] MongoOptions options() const {
        // Patient: FerretDB takes its time for 20 MB on a busy machine, and ThreadSanitizer for a log-in.
        return {.uri = uri_,
                .database = "texts_test",
                .collection = collection_,
                .readers = 4,
                .writers = 4,
                .selection_timeout = 30s,
                .request_timeout = 60s,
                .job_timeout = 120s};
    }

    std::vector<ocr::Page> pages(std::int64_t doc_id) {
        std::vector<ocr::Page> found;
        const bool any = store_->visit_pages(doc_id, [&](const ocr::Page& page) { found.push_back(page); });
        EXPECT_EQ(any, !found.empty());
        return found;
    }

    /// Around the store, into its collection.
    std::unique_ptr<Collection> raw() {
        if (!pool_) {
            std::string fault;
            pool_ = std::make_unique<ClientPool>(
                *parse_uri(uri_, fault),
                ClientPool::Options{.size = 4, .selection_timeout = 5s, .answer_timeout = 5s, .queue_timeout = 5s});
        }
        return pool_->find_client("texts_test", collection_);
    }

    std::string json_of(std::int64_t doc_id) {
        std::string json;
        raw()->find(*by_doc_id(doc_id), nullptr, [&](const bson_t& document) {
            char* text = bson_as_relaxed_extended_json(&document, nullptr);
            json = text;
            bson_free(text);
        });
        return json;
    }

    /// Of a text of one page, besides the main document.
    static std::size_t parts_of(std::size_t bytes) {
        const Budgets budgets;
        return (bytes - budgets.first + budgets.other - 1) / budgets.other;
    }

    std::size_t count_parts(std::int64_t doc_id) {
        std::size_t count = 0;
        const Bson filter(bson_new());
        bson_append_int64(filter.get(), "text_of", -1, doc_id);
        const auto collection = raw();
        while (collection->find(*filter, nullptr, [](const bson_t&) {})) {
            ++count;
            bool removed = false;
            collection->find(*filter, nullptr, [&](const bson_t& part) {
                bson_iter_t id;
                bson_iter_init_find(&id, &part, "_id");
                const Bson by_id(bson_new());
                bson_append_utf8(by_id.get(), "_id", -1, bson_iter_utf8(&id, nullptr), -1);
                raw()->remove_all(*by_id);
                removed = true;
            });
            if (!removed) {
                break;
            }
        }
        return count;
    }

    std::string uri_;
    std::string collection_ = "c" + random_uuid();
    std::unique_ptr<ClientPool> pool_;
    std::unique_ptr<TextStore> store_;
    Subject subject_{.doc_id = 41,
                     .filename = "عقد.pdf",
                     .file_type = "pdf",
                     .blob_url = "https://account/container/%D8%B9.pdf",
                     .elapsed_seconds = 1.5};
};

TEST_F(MongoTest, TheDocumentIsAsThePlatformHasIt) {
    ocr::Document document = text_of({"صفحة أولى", "second"});
    document.pages[0].method = ocr::Method::ocr;
    document.pages[0].confidence = 0.87;
    document.pages[0].language = "ar";
    const std::string id = store_->put(subject_, document);
    std::string json = json_of(41);
    EXPECT_THAT(json, HasSubstr(R"("_id" : ")" + id + '"'));
    for (
        const std::string part :
        {R"("doc_id" : 41)", R"("filename" : "عقد.pdf")", R"("file_type" : "pdf")",
         R"("blob_path" : "https://account/container/%D8%B9.pdf")", R"("extracted_text" : "صفحة أولى\fsecond")",
         R"({ "page" : 1, "text" : "صفحة أولى", "method" : "ocr", "confidence" : 0.86999999999999999556, "language" : "ar" })",
         R"({ "page" : 2, "text" : "second", "method" : "embedded", "confidence" : null, "language" : null })",
         R"("ocr" : { "page_count" : 2, "word_count" : 3, "avg_confidence" : 0.75, "primary_language" : "ar", "cost_usd" : 0.0, "elapsed_seconds" : 1.5 })",
         R"("classification" : null)", R"("processed_at" : { "$date" : ")"}) {
        EXPECT_THAT(json, HasSubstr(part));
    }
    EXPECT_THAT(json, Not(HasSubstr("revision")));
    EXPECT_THAT(json, Not(HasSubstr("parts")));
}

TEST_F(MongoTest, GivesBackEachPage) {
    ocr::Document document = text_of({"Lease", "عقد إيجار\nسطر", ""});
    document.pages[1].method = ocr::Method::ocr;
    document.pages[1].confidence = 0.87;
    document.pages[1].language = "ar";
    document.pages[2].method = ocr::Method::decoded;
    EXPECT_EQ(store_->put(subject_, document).size(), 36U);
    const auto found = pages(41);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].text, "Lease");
    EXPECT_EQ(found[0].method, ocr::Method::embedded);
    EXPECT_FALSE(found[0].confidence);
    EXPECT_EQ(found[1].text, "عقد إيجار\nسطر");
    EXPECT_DOUBLE_EQ(found[1].confidence.value(), 0.87);
    EXPECT_EQ(found[1].language, "ar");
    EXPECT_EQ(found[2].text, "");
    EXPECT_EQ(found[2].method, ocr::Method::decoded);
}

TEST_F(MongoTest, PutReplacesAndKeepsTheIdAndWhatOthersWrote) {
    const std::string first = store_->put(subject_, text_of({"one", "two"}));
    const Bson filter = by_doc_id(41);
    const Bson classified(BCON_NEW("$set", "{", "classification", BCON_UTF8("contract"), "}"));
    EXPECT_TRUE(raw()->update(*filter, *classified));
    EXPECT_EQ(store_->put(subject_, text_of({"new"})), first);
    ASSERT_EQ(pages(41).size(), 1U);
    EXPECT_EQ(pages(41)[0].text, "new");
    EXPECT_THAT(json_of(41), HasSubstr(R"("classification" : "contract")"));
}

TEST_F(MongoTest, WhatTheCloudWorkerWroteIsReadAndReplaced) {
    const Bson foreign(BCON_NEW("_id", BCON_OID([] {
                                    static bson_oid_t oid;
                                    bson_oid_init_from_string(&oid, "65a1b2c3d4e5f60718293a4b");
                                    return &oid;
                                }()),
                                "doc_id", BCON_INT32(42), "extracted_text", BCON_UTF8("نص السحابة"), "pages", "[",
                                "]"));
    const Bson filter(BCON_NEW("doc_id", BCON_INT32(42)));
    raw()->replace(*filter, *foreign);
    ASSERT_EQ(pages(42).size(), 1U);
    EXPECT_EQ(pages(42)[0].text, "نص السحابة");
    subject_.doc_id = 42;
    EXPECT_EQ(store_->put(subject_, text_of({"ours"})), "65a1b2c3d4e5f60718293a4b");
    EXPECT_EQ(pages(42)[0].text, "ours");
}

TEST_F(MongoTest, DocumentsDoNotMix) {
    store_->put(subject_, text_of({"one"}));
    Subject other = subject_;
    other.doc_id = 43;
    EXPECT_NE(store_->put(other, text_of({"other"})), text_id_of(41));
    store_->remove(41);
    EXPECT_TRUE(pages(41).empty());
    EXPECT_EQ(pages(43).size(), 1U);
    EXPECT_NO_THROW(store_->remove(41));
}

TEST_F(MongoTest, ATextOf20MegabytesIsSplit) {
    std::string page;
    for (int i = 0; page.size() < (20U << 20U); ++i) {
        page += "سطر رقم " + std::to_string(i) + "\n";
    }
    store_->put(subject_, text_of({"first", page, "last"}));
    const auto found = pages(41);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].text, "first");
    EXPECT_TRUE(found[1].text == page);
    EXPECT_EQ(found[2].text, "last");
    // Once more with another text: what the first one left goes.
    store_->put(subject_, text_of({std::string(7'000'000, 'x')}));
    ASSERT_EQ(pages(41).size(), 1U);
    EXPECT_EQ(count_parts(41), parts_of(7'000'000));
}

TEST_F(MongoTest, TheSplitTextGoesAsAWhole) {
    store_->put(subject_, text_of({std::string(9'000'000, 'x')}));
    store_->remove(41);
    EXPECT_TRUE(pages(41).empty());
    EXPECT_EQ(count_parts(41), 0U);
}

TEST_F(MongoTest, ASmallTextAfterALargeOneHasNoParts) {
    store_->put(subject_, text_of({std::string(9'000'000, 'x')}));
    store_->put(subject_, text_of({"small"}));
    EXPECT_EQ(pages(41).at(0).text, "small");
    EXPECT_THAT(json_of(41), Not(HasSubstr("parts")));
    EXPECT_EQ(count_parts(41), 0U);
}

TEST_F(MongoTest, AMissingPartIsNotPassedOver) {
    store_->put(subject_, text_of({std::string(9'000'000, 'x')}));
    EXPECT_EQ(count_parts(41), parts_of(9'000'000));  // Takes them away.
    EXPECT_THROW(store_->visit_pages(41, [](const ocr::Page&) {}), std::runtime_error);
}

TEST_F(MongoTest, TheTextOfAnEarlierVersionIsNotPut) {
    Subject later = subject_;
    later.version = 2;
    store_->put(later, text_of({"later"}));
    EXPECT_THROW(store_->put(subject_, text_of({"earlier"})), Outdated);
    EXPECT_EQ(pages(41).at(0).text, "later");
}

/// Each of ten documents has no text when all threads come to it.
TEST_F(MongoTest, ManyThreadsMakeOneTextOfADocument) {
    constexpr int many = 4;
    for (std::int64_t doc_id = 61; doc_id <= 70; ++doc_id) {
        Subject subject = subject_;
        subject.doc_id = doc_id;
        std::barrier all_are_there(many);
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < many; ++thread) {
            threads.emplace_back([&, thread] {
                all_are_there.arrive_and_wait();
                EXPECT_NO_THROW(store_->put(subject, text_of({"text " + std::to_string(thread)})));
            });
        }
        threads.clear();
        EXPECT_EQ(pages(doc_id).size(), 1U);
        raw()->remove_all(*[&] {
            Bson id(bson_new());
            bson_append_utf8(id.get(), "_id", -1, text_id_of(doc_id).c_str(), -1);
            return id;
        }());
        EXPECT_TRUE(pages(doc_id).empty()) << "there were two";
    }
}

TEST_F(MongoTest, InspectionTellsAndMakesNothing) {
    for (int round = 0; round < 2; ++round) {
        const MongoReport before = inspect_mongo(options());
        EXPECT_THAT(before.version, Not(""));
        EXPECT_FALSE(before.has_collection);
    }
    store_->put({.doc_id = 51, .filename = "a.txt", .file_type = ".txt", .blob_url = "u"}, text_of({"words"}));
    const MongoReport after = inspect_mongo(options());
    EXPECT_TRUE(after.has_collection);
    EXPECT_TRUE(after.has_index);
    EXPECT_EQ(after.documents, 1U);
}

TEST_F(MongoTest, AWrongPasswordIsAnOutageWithoutThePassword) {
    MongoOptions wrong = options();
    const std::size_t colon = wrong.uri.find(':', 10);
    wrong.uri.replace(colon + 1, wrong.uri.find('@') - colon - 1, "wr0ngs3cret");
    const auto store = make_mongo_text_store(wrong);
    try {
        store->check();
        FAIL() << "it is let in";
    } catch (const Unavailable& error) {
        EXPECT_THAT(error.what(), HasSubstr("uthentication"));
        EXPECT_THAT(error.what(), Not(HasSubstr("wr0ngs3cret")));
    }
}

TEST_F(MongoTest, TlsIsCheckedUnlessItIsSwitchedOff) {
    const char* certificate = std::getenv("NASSAQ_TEST_MONGO_CERTIFICATE");
    ASSERT_NE(certificate, nullptr);
    const auto with = [&](const std::string& option, std::chrono::milliseconds patience) {
        MongoOptions changed = options();
        changed.selection_timeout = patience;
        changed.uri.replace(changed.uri.find("tlsInsecure=true"), 16, option);
        return make_mongo_text_store(changed);
    };
    EXPECT_THROW(with("tlsInsecure=false", 3s)->check(), Unavailable) << "a certificate that nobody vouches for";
    EXPECT_NO_THROW(with("tlsCAFile=" + std::string(certificate), 30s)->check());
}

}  // namespace
}  // namespace nassaq::texts
