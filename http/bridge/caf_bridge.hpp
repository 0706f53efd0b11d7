#pragma once
// Between an I/O thread, which has one of these, and the actors; the one place in http/ that knows CAF. Commands of one
// I/O turn become one batch, and all batches of one commit come back with one wake-up.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include <breakerd/http/api/backend.hpp>
#include <breakerd/http/bridge/readers.hpp>

namespace breakerd {
class Core;
class CommandBatch;
struct Op;
}  // namespace breakerd

namespace breakerd::http {

/// The Backend over a running core. Made before there is one: until attach(), and after detach(), nothing is done and
/// everything is answered `unavailable`.
class CafBridge final : public Backend {
 public:
  /// Reads run on `readers`.
  CafBridge(boost::asio::io_context& io, std::unique_ptr<Readers> readers);
  ~CafBridge() override;

  /// On the I/O thread, or while it does not run. `core` lives until detach().
  void attach(Core& core);
  /// From now on health() says what the core's health is. To be called when all bridges of the process are attached:
  /// whoever is told by one I/O thread that the daemon is ready must not hear from another one that it is starting. As
  /// attach().
  void announce() { announced_ = true; }
  /// As attach(). What is still under way is dropped unanswered: to be called when the server has stopped.
  void detach();

  void submit(Command&& command, std::string principal, Done done) override;
  void submit_named(Command&& command, std::string principal, const OperationId& operation, Done done) override;
  void submit_together(std::vector<Command>&& commands, const std::string& principal, EachDone done) override;
  [[nodiscard]] std::function<void()> submit_wait(Command&& command, std::string principal, Done done) override;
  void read(ReadSize size, Gone gone, Read work, ReadDone done) override;
  [[nodiscard]] Gate gate() const noexcept override;
  [[nodiscard]] Health health() const override;
  [[nodiscard]] DamagedReads damaged_reads() const override;
  [[nodiscard]] std::size_t waiting_leases() const override;
  [[nodiscard]] const LeaseTimes* lease_times() const override;
  [[nodiscard]] const CampaignPaces* campaign_paces() const override;

 private:
  class Sink;
  class Askers;
  /// A batch that is being filled, and the part of it that knows who waits.
  struct Batch {
    std::shared_ptr<CommandBatch> batch;
    Askers* askers = nullptr;  ///< the batch's own
    std::size_t bytes = 0;     ///< of payloads and results
  };

  [[nodiscard]] Batch make_batch() const;
  /// The one that is being filled, begun if there is none.
  Batch& filling();
  /// Into it.
  Op& fill(Command&& command, std::string principal, Done done);
  /// Sends it when it has enough.
  void flush_full();
  static Op& add_op(Batch& batch, Command&& command, std::string&& principal, Done&& done);
  void flush();

  boost::asio::io_context& io_;
  Core* core_ = nullptr;
  bool announced_ = false;
  Batch filling_;         ///< queue commands of this I/O turn; without a batch: none yet
  std::size_t room_ = 1;  ///< for so many ops, as the last such batch had
  std::shared_ptr<Sink> sink_;
  std::unique_ptr<Readers> readers_;
};

}  // namespace breakerd::http
