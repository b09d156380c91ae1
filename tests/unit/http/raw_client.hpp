#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "http/message.hpp"

namespace nassaq::http::test {

/// What came back, as it was on the wire.
struct Answer {
    int status = 0;
    Headers headers;
    std::string body;
    bool is_whole = false;  ///< The body had its declared length.

    [[nodiscard]] std::string header(std::string_view name) const {
        return std::string(headers.find(name).value_or("(absent)"));
    }
};

/// A TCP client that sends exactly the bytes it is given, so that tests can be as rude as any client.
class RawClient {
public:
    explicit RawClient(std::uint16_t port);
    RawClient(RawClient&&) = default;
    RawClient& operator=(RawClient&&) = default;
    virtual ~RawClient() = default;

    void send(std::string_view bytes);
    /// Says that nothing more will come.
    virtual void finish_sending();
    /// Reads the next answer. @param to_head  for an answer to HEAD, which has no body.
    /// @return nothing when the connection ends first. Fails the test when nothing comes for five seconds.
    std::optional<Answer> receive(bool to_head = false);
    Answer exchange(std::string_view bytes, bool to_head = false);
    /// Everything up to the end of the connection.
    std::string receive_all();
    /// True when the server closes without sending anything more.
    bool is_closed_by_server();
    /// True when something arrives, or the connection ends, within that time.
    bool wait_readable(std::chrono::milliseconds time);
    /// Makes closing send a reset instead of an orderly end.
    void reset();

protected:
    /// As send(2) and recv(2) do.
    virtual ssize_t put(std::string_view bytes);
    virtual ssize_t take(std::span<char> room);
    [[nodiscard]] virtual bool waits_for_bytes(std::chrono::milliseconds time);
    [[nodiscard]] int descriptor() const { return socket_.get(); }

private:
    /// @return false at the end of the connection.
    bool fill();

    UniqueFd socket_;
    std::string received_;
};

/// "GET path HTTP/1.1" with a Host field and those further lines, each ended by CRLF.
std::string get(std::string_view path, std::string_view fields = {});
std::string post(std::string_view path, std::string_view body, std::string_view fields = {});

}  // namespace nassaq::http::test
