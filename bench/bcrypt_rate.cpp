// How many bcrypt hashes of cost 12 this machine makes in a second: the most logins that it could ever answer.
//
//   bcrypt_rate THREADS SECONDS
#include <crypt.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: bcrypt_rate THREADS SECONDS\n";
        return 2;
    }
    using Clock = std::chrono::steady_clock;
    const int thread_count = std::stoi(arguments[1]);
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::seconds(std::stoi(arguments[2]));
    std::atomic<int> hashes = 0;
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(thread_count));
    for (int i = 0; i < thread_count; ++i) {
        threads.emplace_back([&] {
            const auto data = std::make_unique<crypt_data>();
            while (Clock::now() < end) {
                if (crypt_r("a password", "$2b$12$abcdefghijklmnopqrstuu", data.get()) != nullptr) ++hashes;
            }
        });
    }
    threads.clear();
    std::cout << hashes / std::chrono::duration<double>(Clock::now() - begin).count() << '\n';
    return 0;
}
