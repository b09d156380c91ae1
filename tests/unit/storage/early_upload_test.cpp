// Pieces of a file that are sent while it is written, to a service that keeps them in memory and does as it is told.
// What real services make of it is in conformance_test.cpp.

#include "storage/early_upload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "../support/temporary_folder.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

namespace nassaq::storage {
namespace {

using testing::IsEmpty;

constexpr std::uint64_t piece = 1'000;

/// Waits a while for what another thread does.
template <class Condition>
bool happens(const Condition& condition) {
    for (int i = 0; i < 5'000 && !condition(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return condition();
}

struct MemoryService final : BlobService {
    class Upload;

    PieceSizes sizes() const override { return {.single_put = 2 * piece, .piece = piece, .most_pieces = 20}; }
    bool put(const NewRemoteBlob&, const http_client::FileRange&, const std::string&) override { return false; }
    std::unique_ptr<PiecewiseUpload> begin(NewRemoteBlob blob) override;
    std::unique_ptr<http_client::ResponseStream> get(std::string_view, std::uint64_t, std::uint64_t,
                                                     std::string_view) override {
        return nullptr;
    }
    std::optional<RemoteBlob> find(std::string_view name) override {
        ++asked;
        const std::scoped_lock lock(mutex);
        return blobs.contains(std::string(name)) ? std::optional(RemoteBlob()) : std::nullopt;
    }
    void remove(std::string_view, std::string_view) override {}
    ListPage list(std::string_view, std::string_view) override { return {}; }
    std::string url(std::string_view) const override { return {}; }
    void check() override {}
    std::size_t abort_unfinished(Timestamp) override { return 0; }

    std::set<std::size_t> sent() {
        const std::scoped_lock lock(mutex);
        std::set<std::size_t> numbers;
        for (const auto& [number, content] : pieces) {
            numbers.insert(number);
        }
        return numbers;
    }

    std::mutex mutex;
    std::map<std::string, std::string> blobs;
    std::map<std::string, std::string> content_types;
    std::map<std::size_t, std::string> pieces;
    std::atomic<int> asked = 0;  ///< Whether there is such a blob, or what the file is.
    std::atomic<int> discarded = 0;
    std::atomic<int> sending = 0;
    std::atomic<int> most_sending = 0;
    std::atomic<bool> is_held = false;    ///< Pieces are on their way until it is false.
    std::atomic<int> breaks_at = -1;      ///< The piece of this number fails.
    std::atomic<bool> is_broken = false;  ///< Every piece fails.
    std::atomic<bool> loses_pieces = false;
};

class MemoryService::Upload final : public PiecewiseUpload {
public:
    Upload(MemoryService& service, NewRemoteBlob blob) : service_(service), blob_(std::move(blob)) {}

    void send(std::size_t number, const http_client::FileRange& bytes) override {
        service_.most_sending = std::max<int>(service_.most_sending, ++service_.sending);
        happens([&] { return !service_.is_held; });
        --service_.sending;
        if (service_.is_broken || static_cast<int>(number) == service_.breaks_at) {
            throw http_client::NetworkError("broken, as the test wants it", false);
        }
        std::string content(bytes.length, '\0');
        file::read_exactly(bytes.fd, bytes.offset, content);
        const std::scoped_lock lock(service_.mutex);
        service_.pieces[number] = content;
    }
    Completion complete(std::size_t count) override {
        const std::scoped_lock lock(service_.mutex);
        if (service_.loses_pieces) {
            return Completion::lost;
        }
        if (service_.blobs.contains(blob_.name)) {
            return Completion::taken;
        }
        for (std::size_t number = 0; number < count; ++number) {
            service_.blobs[blob_.name] += service_.pieces.at(number);
        }
        service_.content_types[blob_.name] = blob_.content_type;
        return Completion::stored;
    }
    void discard() override {
        EXPECT_EQ(service_.sending, 0);
        ++service_.discarded;
    }

private:
    MemoryService& service_;
    NewRemoteBlob blob_;
};

std::unique_ptr<PiecewiseUpload> MemoryService::begin(NewRemoteBlob blob) {
    return std::make_unique<Upload>(*this, std::move(blob));
}

class EarlyUploads : public testing::Test {
protected:
    /// A file that is being written and sent. @param length  as announced
    SpoolFile begin(std::optional<std::uint64_t> length = {}) {
        SpoolFile file = spool_.create();
        auto early = std::make_unique<EarlyUpload>(
            service_, *threads_, NewRemoteBlob{.name = "a/b", .content_type = {}, .mark = "mark"}, file.path(),
            ExpectedUpload{.name = "a/b", .length = length, .find_content_type = [this](const auto&) {
                               if (!type_) ++service_.asked;
                               return type_;
                           }});
        file.take_along(std::move(early));
        return file;
    }

    std::optional<Completion> finish(SpoolFile& file, const std::string& name = "a/b",
                                     const std::string& type = "text/plain") {
        file.finish();
        return dynamic_cast<EarlyUpload&>(*file.companion())
            .finish({.name = name, .content_type = type, .mark = "mark"}, file.size());
    }

    static std::string bytes(std::uint64_t count) {
        std::string result;
        for (std::uint64_t i = 0; i < count; ++i) {
            result.push_back(static_cast<char>('a' + (i * i + i / piece) % 23));
        }
        return result;
    }

    test::TemporaryFolder folder_;
    Spool spool_{folder_ / "spool"};
    std::optional<std::string> type_ = "text/plain";
    MemoryService service_;
    std::unique_ptr<SenderThreads> threads_ = std::make_unique<SenderThreads>(8);
};

TEST_F(EarlyUploads, SendPiecesWhileTheFileIsWritten) {
    const std::string content = bytes(3 * piece + 10);
    SpoolFile file = begin(content.size());
    file.append(content.substr(0, piece));
    EXPECT_TRUE(happens([&] { return service_.sent() == std::set<std::size_t>{0}; }));
    file.append(content.substr(piece, 2 * piece - 1));
    EXPECT_TRUE(happens([&] { return service_.sent() == std::set<std::size_t>{0, 1}; }));
    file.append(content.substr(3 * piece - 1));
    EXPECT_TRUE(service_.blobs.empty());
    EXPECT_EQ(finish(file), Completion::stored);
    EXPECT_EQ(service_.blobs.at("a/b"), content);
    EXPECT_EQ(service_.content_types.at("a/b"), "text/plain");
}

TEST_F(EarlyUploads, TakeAnyNumberOfPiecesInOneStep) {
    for (const std::uint64_t size : {2 * piece + 1, 3 * piece, 12 * piece + 7}) {
        service_.blobs.clear();
        const std::string content = bytes(size);
        SpoolFile file = begin(size);
        file.append(content);
        ASSERT_TRUE(happens([&] { return service_.sent().contains(0); }));
        EXPECT_EQ(finish(file), Completion::stored) << size;
        EXPECT_EQ(service_.blobs.at("a/b"), content) << size;
        service_.pieces.clear();
    }
}

TEST_F(EarlyUploads, LeaveWhatGoesInOneRequest) {
    SpoolFile file = begin(2 * piece);
    file.append(bytes(2 * piece));
    EXPECT_EQ(finish(file), std::nullopt);
    SpoolFile of_unknown_length = begin();
    of_unknown_length.append(bytes(2 * piece));
    EXPECT_EQ(finish(of_unknown_length), std::nullopt);
    threads_.reset();
    EXPECT_THAT(service_.sent(), IsEmpty());
}

TEST_F(EarlyUploads, BeginWhenAFileTurnsOutToBeLarge) {
    SpoolFile file = begin();
    file.append(bytes(2 * piece));
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    EXPECT_THAT(service_.sent(), IsEmpty());
    file.append("x");
    EXPECT_TRUE(happens([&] { return service_.sent() == std::set<std::size_t>{0, 1}; }));
    EXPECT_EQ(finish(file), Completion::stored);
}

TEST_F(EarlyUploads, LeaveNothingWhenTheFileGoes) {
    {
        SpoolFile file = begin(9 * piece);
        file.append(bytes(2 * piece));
        ASSERT_TRUE(happens([&] { return service_.sent().size() == 2; }));
        EXPECT_EQ(service_.discarded, 0);
    }
    EXPECT_TRUE(happens([&] { return service_.discarded == 1; }));
    EXPECT_TRUE(service_.blobs.empty());
}

TEST_F(EarlyUploads, DiscardOnlyWhenNothingIsOnItsWay) {
    service_.is_held = true;
    {
        SpoolFile file = begin(9 * piece);
        file.append(bytes(3 * piece));
        ASSERT_TRUE(happens([&] { return service_.sending == 3; }));
    }  // Which does not wait.
    EXPECT_EQ(service_.discarded, 0);
    service_.is_held = false;
    EXPECT_TRUE(happens([&] { return service_.discarded == 1; }));
}

TEST_F(EarlyUploads, DiscardNothingThatBecameABlob) {
    {
        SpoolFile file = begin(9 * piece);
        file.append(bytes(3 * piece));
        ASSERT_TRUE(happens([&] { return service_.sent().contains(0); }));
        EXPECT_EQ(finish(file), Completion::stored);
    }
    threads_.reset();
    EXPECT_EQ(service_.discarded, 0);
}

TEST_F(EarlyUploads, AreGivenUpWhenAPieceFails) {
    service_.breaks_at = 1;
    {
        SpoolFile file = begin(9 * piece);
        file.append(bytes(6 * piece));
        ASSERT_TRUE(happens([&] { return service_.sent().contains(0); }));
        EXPECT_EQ(finish(file), std::nullopt);
        EXPECT_EQ(service_.sending, 0);
    }
    EXPECT_TRUE(service_.blobs.empty());
    EXPECT_TRUE(happens([&] { return service_.discarded == 1; }));
}

TEST_F(EarlyUploads, SayOnceThatTheyAreGivenUp) {
    testing::internal::CaptureStderr();
    {
        const log::Running logging(log::Level::info, log::Format::text);
        service_.is_held = true;
        service_.is_broken = true;
        SpoolFile file = begin(9 * piece);
        file.append(bytes(6 * piece));
        ASSERT_TRUE(happens([&] { return service_.sending == 4; }));
        service_.is_held = false;
        EXPECT_EQ(finish(file), std::nullopt);
    }
    const std::string said = testing::internal::GetCapturedStderr();
    const std::string_view warning = "could not be sent while it came in";
    const std::size_t first = said.find(warning);
    ASSERT_NE(first, std::string::npos) << said;
    EXPECT_EQ(said.find(warning, first + 1), std::string::npos) << said;
}

TEST_F(EarlyUploads, AreGivenUpWhenTheFileBecomesAnotherBlob) {
    for (const auto& [name, type] : {std::pair{"a/b~1", "text/plain"}, std::pair{"a/b", "image/png"}}) {
        service_.discarded = 0;
        {
            SpoolFile file = begin(9 * piece);
            file.append(bytes(3 * piece));
            ASSERT_TRUE(happens([&] { return service_.sent().size() == 3; }));
            EXPECT_EQ(finish(file, name, type), std::nullopt);
        }
        EXPECT_TRUE(happens([&] { return service_.discarded == 1; }));
        EXPECT_TRUE(service_.blobs.empty());
        service_.pieces.clear();
    }
}

TEST_F(EarlyUploads, SendNothingThatWillBeRefused) {
    service_.blobs["a/b"] = "somebody else's";
    for (const bool is_taken : {true, false}) {
        SpoolFile file = begin(9 * piece);
        file.append(bytes(4 * piece));
        EXPECT_TRUE(happens([&] { return service_.asked == 1; }));
        EXPECT_EQ(finish(file), std::nullopt) << is_taken;
        EXPECT_THAT(service_.sent(), IsEmpty());
        service_.asked = 0;
        service_.blobs.clear();
        type_.reset();
    }
}

TEST_F(EarlyUploads, TellWhatBecameOfThemAtTheEnd) {
    SpoolFile file = begin(9 * piece);
    file.append(bytes(3 * piece));
    ASSERT_TRUE(happens([&] { return service_.sent().size() == 3; }));
    service_.blobs["a/b"] = "stored meanwhile";
    EXPECT_EQ(finish(file), Completion::taken);
    EXPECT_EQ(service_.blobs.at("a/b"), "stored meanwhile");

    service_.blobs.clear();
    service_.pieces.clear();
    service_.loses_pieces = true;
    SpoolFile lost = begin(9 * piece);
    lost.append(bytes(3 * piece));
    ASSERT_TRUE(happens([&] { return service_.sent().size() == 3; }));
    EXPECT_EQ(finish(lost), Completion::lost);
}

TEST_F(EarlyUploads, SendFewPiecesOfOneFileAtOnce) {
    service_.is_held = true;
    SpoolFile file = begin(20 * piece);
    file.append(bytes(12 * piece));
    EXPECT_TRUE(happens([&] { return service_.sending == 4; }));
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    EXPECT_EQ(service_.most_sending, 4);
    service_.is_held = false;
    EXPECT_TRUE(happens([&] { return service_.sent().size() == 12; }));
    EXPECT_LE(service_.most_sending, 4);
    EXPECT_EQ(finish(file), Completion::stored);
}

TEST_F(EarlyUploads, AreFinishedByTheirOwnerWhenAllThreadsAreBusy) {
    threads_ = std::make_unique<SenderThreads>(1);
    std::promise<void> enough;
    const std::string content = bytes(5 * piece + 1);
    SpoolFile file = begin(content.size());
    file.append(content.substr(0, piece));
    ASSERT_TRUE(happens([&] { return service_.sent().contains(0); }));
    threads_->run([wait = enough.get_future().share()] { wait.wait(); });
    file.append(content.substr(piece));
    EXPECT_EQ(finish(file), Completion::stored);
    EXPECT_EQ(service_.blobs.at("a/b"), content);
    enough.set_value();
}

TEST_F(EarlyUploads, DoNotGoBeyondWhatAServiceTakes) {
    SpoolFile file = begin(30 * piece);
    file.append(bytes(30 * piece));
    ASSERT_TRUE(happens([&] { return service_.sent().contains(0); }));
    EXPECT_EQ(finish(file), std::nullopt);
}

TEST(SenderThreads, DoWhatWaitsBeforeTheyEnd) {
    std::atomic<int> done = 0;
    {
        SenderThreads threads(2);
        for (int i = 0; i < 50; ++i) {
            threads.run([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
                ++done;
            });
        }
    }
    EXPECT_EQ(done, 50);
}

/// Asks for three more, each of which asks for three more.
void ask_for_more(SenderThreads& threads, std::atomic<int>& done, int levels) {
    ++done;
    for (int i = 0; levels > 0 && i < 3; ++i) {
        threads.run([&threads, &done, levels] { ask_for_more(threads, done, levels - 1); });
    }
}

TEST(SenderThreads, DoWhatIsAskedForWhileTheyEnd) {
    for (int round = 0; round < 100; ++round) {
        std::atomic<int> done = 0;
        {
            SenderThreads threads(8);
            threads.run([&] { ask_for_more(threads, done, 3); });
        }
        EXPECT_EQ(done, 1 + 3 + 9 + 27);
    }
}

TEST(SenderThreads, AreNoMoreThanAllowed) {
    std::mutex mutex;
    std::set<std::thread::id> ids;
    {
        SenderThreads threads(3);
        for (int i = 0; i < 50; ++i) {
            threads.run([&] {
                const std::scoped_lock lock(mutex);
                ids.insert(std::this_thread::get_id());
            });
        }
    }
    EXPECT_GE(ids.size(), 1U);
    EXPECT_LE(ids.size(), 3U);
}

}  // namespace
}  // namespace nassaq::storage
