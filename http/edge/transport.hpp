#pragma once
// The bytes of one connection, whatever carries them: a socket, later TLS over one, or the network of a simulation. One
// I/O thread.

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>

namespace breakerd::http {

class Transport {
 public:
  /// Whoever reads and writes. Told in turns of the loop of their own, never from within a call of the transport.
  class User {
   public:
    /// A read has ended: with `count` bytes, 1 or more, or with an error: eof when the peer has ended its side,
    /// operation_aborted after cancel() and close(), else what befell the connection.
    virtual void on_read(boost::system::error_code error, std::size_t count) = 0;
    /// A wait has ended: writing goes on, or an error as above, but for eof.
    virtual void on_writable(boost::system::error_code error) = 0;

   protected:
    ~User() = default;
  };

  virtual ~Transport() = default;

  /// Begins a read; one at a time. `room` and `user` stay until its end, and so does the transport.
  virtual void read(boost::asio::mutable_buffer room, User& user) = 0;

  /// Takes what finds room at once and gives its size. Error would_block when nothing does.
  [[nodiscard]] virtual std::size_t write_some(boost::asio::const_buffer bytes, boost::system::error_code& error) = 0;

  /// Begins to wait until write_some() would take something; one wait at a time, as read().
  virtual void wait_until_writable(User& user) = 0;

  /// There is no more to write: the peer reads an end behind what was written.
  [[nodiscard]] virtual boost::system::error_code end_output() = 0;

  /// Ends the read and the wait that are under way.
  virtual void cancel() = 0;
  /// As cancel(); and nothing is read or written any more.
  virtual void close() = 0;
};

}  // namespace breakerd::http
