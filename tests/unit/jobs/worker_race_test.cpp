#include <array>
#include <barrier>
#include <map>
#include <mutex>

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;

class WorkerRaceTest : public test::JobsTest {};

TEST_F(WorkerRaceTest, OneOfEightClaimsWins) {
    constexpr int threads = 8;
    JobStore store = job_store();
    for (int round = 0; round < 20; ++round) {
        const auto doc_id = upload(std::to_string(round));
        std::barrier start(threads);
        std::atomic<int> winners = 0;
        std::vector<std::jthread> claiming;
        for (int i = 0; i < threads; ++i) {
            claiming.emplace_back([&, i] {
                start.arrive_and_wait();
                winners += store.claim(doc_id, "claim/" + std::to_string(i)) ? 1 : 0;
            });
        }
        claiming.clear();
        EXPECT_EQ(winners, 1);
        EXPECT_EQ(attempts(doc_id), 1);
    }
}

/// Eight threads on two workers, every message three times, now and then a fault, a lost acknowledgement and a claim
/// that is taken away in the middle.
TEST_F(WorkerRaceTest, EachDocumentEndsOnceWhateverHappens) {
    constexpr int documents = 60;
    std::vector<std::int64_t> ids;
    for (int i = 0; i < documents; ++i) {
        const std::string name = std::to_string(i);
        ids.push_back(upload(name, "text " + name));
        database_.get().transaction([&](db::Session& session) {
            enqueue(session, queue, ids.back(), to_json(message_for(ids.back(), name)), now());
            enqueue(session, queue, ids.back(), to_json(message_for(ids.back(), name)), now());
        });
    }
    std::mutex mutex;
    std::map<std::string, int> calls;
    std::atomic<int> at_work = 0;
    const Extract extract = [&](const auto& file, std::string_view filename, auto stop,
                                const auto&) -> std::expected<ocr::Document, ocr::Fault> {
        int call = 0;
        {
            const std::scoped_lock lock(mutex);
            call = ++calls[std::string(filename)];
        }
        ++at_work;
        std::this_thread::sleep_for(2ms);
        --at_work;
        if (call == 1 && filename.ends_with("3")) {
            return std::unexpected(ocr::Fault{.temporary = true, .reason = "A passing fault."});
        }
        if (call == 1 && filename.ends_with("5")) {
            database_.execute(
                "UPDATE Processing_Status SET claimed_until = ? WHERE doc_id IN "
                "(SELECT doc_id FROM Documents WHERE filename = ?)",
                now() - 1s, filename);
            recovery_.requeue_expired_claims();
        }
        return test::read_as_text(file, filename, stop);
    };
    auto options = worker_options();
    change_ocr([](Stage& stage) { stage.backoff = {.base = 1ms, .cap = 2ms}; });
    std::array<std::unique_ptr<Worker>, 2> workers{make_worker(extract, options), make_worker(extract, options)};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                workers.at(static_cast<std::size_t>(i % 2))->step(stop);
            }
        });
    }
    threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (relay_.step() == 0) {
                std::this_thread::sleep_for(2ms);
            }
        }
    });
    const auto finished = [&] {
        return database_.count("SELECT COUNT(*) FROM Processing_Status WHERE status = 'Finished'") == documents &&
               outbox_rows() == 0 && queue_rows() == 0;
    };
    for (int i = 0; i < 3000 && !finished(); ++i) {
        std::this_thread::sleep_for(20ms);
    }
    for (auto& thread : threads) {
        thread.request_stop();
    }
    threads.clear();

    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Processing_Status WHERE status = 'Finished'"), documents);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Ocr_Results"), documents);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Text"), documents);
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_EQ(outbox_rows(), 0);
    for (int i = 0; i < documents; ++i) {
        const std::string name = std::to_string(i);
        const int expected = name.ends_with("3") || name.ends_with("5") ? 2 : 1;
        EXPECT_EQ(calls[name], expected) << name;
        EXPECT_EQ(text_of(ids[static_cast<std::size_t>(i)]), "text " + name);
    }
}

TEST_F(WorkerRaceTest, StopEndsThreadsThatWait) {
    const auto worker = make_worker();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&](const std::stop_token& stop) { EXPECT_FALSE(worker->step(stop)); });
    }
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    for (auto& thread : threads) {
        thread.request_stop();
    }
    threads.clear();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
}

}  // namespace
}  // namespace nassaq::jobs
