// A bare Beast server: the least that could answer the same bytes on the same number of threads. It parses each
// request, looks its method and target up, and writes an answer that was made beforehand. No time-outs, no limits, no
// log.
//
//   baseline THREADS METHOD TARGET FILE [METHOD TARGET FILE ...]
//
// Each FILE holds an answer as it was on the wire. Prints the port and serves until it is killed.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

using Answer = http::response<http::string_body>;
using Answers = std::map<std::pair<std::string, std::string>, Answer, std::less<>>;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, const Answers& answers) : socket_(std::move(socket)), answers_(answers) {}

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->answer();
        });
    }

private:
    void answer() {
        const auto found =
            answers_.find(std::pair(std::string(request_.method_string()), std::string(request_.target())));
        if (found == answers_.end()) return;
        http::async_write(socket_, found->second, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->read();
        });
    }

    tcp::socket socket_;
    const Answers& answers_;
    boost::beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
};

class Server {
public:
    Server(unsigned threads, const Answers& answers) : answers_(answers), contexts_(threads) {
        for (auto& context : contexts_) context = std::make_unique<asio::io_context>(1);
        acceptor_ =
            std::make_unique<tcp::acceptor>(*contexts_.front(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        acceptor_->set_option(tcp::no_delay(true));
    }
    [[nodiscard]] unsigned short port() const { return acceptor_->local_endpoint().port(); }

    void run() {
        accept();
        std::vector<std::jthread> threads;
        threads.reserve(contexts_.size());
        for (auto& context : contexts_) {
            threads.emplace_back([&context] {
                const auto work = asio::make_work_guard(*context);
                context->run();
            });
        }
    }

private:
    void accept() {
        asio::io_context& context = *contexts_[turn_++ % contexts_.size()];
        acceptor_->async_accept(context, [this](error_code error, tcp::socket socket) {
            if (!error) {
                const auto executor = socket.get_executor();
                auto connection = std::make_shared<Connection>(std::move(socket), answers_);
                asio::post(executor, [connection] { connection->read(); });
            }
            accept();
        });
    }

    const Answers& answers_;
    std::vector<std::unique_ptr<asio::io_context>> contexts_;
    std::unique_ptr<tcp::acceptor> acceptor_;
    std::size_t turn_ = 0;
};

Answer read_answer(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string wire{std::istreambuf_iterator<char>(file), {}};
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    error_code error;
    parser.put(asio::buffer(wire), error);
    if (error || !parser.is_done()) throw std::runtime_error("not a whole HTTP answer: " + path);
    return parser.release();
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const std::vector<std::string> words(arguments + 1, arguments + count);
        if (words.size() < 4 || words.size() % 3 != 1) {
            std::cerr << "usage: baseline THREADS METHOD TARGET FILE [METHOD TARGET FILE ...]\n";
            return 2;
        }
        Answers answers;
        for (std::size_t i = 1; i < words.size(); i += 3) {
            answers.emplace(std::pair(words[i], words[i + 1]), read_answer(words[i + 2]));
        }
        Server server(static_cast<unsigned>(std::stoul(words[0])), answers);
        std::cout << server.port() << '\n' << std::flush;
        server.run();
    } catch (const std::exception& error) {
        std::cerr << "baseline: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
