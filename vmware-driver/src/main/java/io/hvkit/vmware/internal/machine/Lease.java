package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.util.HashMap;
import java.util.Map;

/**
 * What a vCenter lends to move the disks of one machine. While it is open the machine is changed by nobody. It ends when nobody tells
 * of it for some minutes, and with its session.
 */
final class Lease {

    private static final int TRIES = 3;
    private static final long PAUSE = 50;
    private static final int ALMOST_ALL = 99;

    private final Site site;
    private final VmReader reader;
    private final Ref ref;

    Lease(Site site, VmReader reader, Ref ref) {
        this.site = site;
        this.reader = reader;
        this.ref = ref;
    }

    /** Waits until disks can be moved, and returns where to. */
    Node ready() throws InterruptedException {
        Deadline deadline = Deadline.in(site.patience());
        while (true) {
            Properties.Found now = reader.of(ref, "state", "info", "error");
            switch (now.text("state")) {
                case "ready" -> {
                    return now.value("info").orElseThrow();
                }
                case "initializing" -> {
                    if (deadline.isOver()) {
                        throw DriverException.because(Failure.TIMED_OUT)
                                .message("the vCenter's lease was not ready within %s", site.patience());
                    }
                }
                default ->
                    throw DriverException.because(Failure.HOST_NOT_READY)
                            .message(
                                    "the vCenter's lease came to nothing: %s",
                                    now.value("error")
                                            .map(error -> error.text("localizedMessage"))
                                            .orElse(now.text("state")));
            }
            Thread.sleep(PAUSE);
        }
    }

    /** Says how far it is. Without that a lease ends after some minutes; said twice it does no harm. */
    void told(long moved, long total) throws InterruptedException {
        long percent = total == 0 ? 0 : Math.min(ALMOST_ALL, 100 * moved / total);
        Node answer = site.client()
                .require(Call.reading(ref, Data.of("HttpNfcLeaseProgress").with("percent", percent)));
        trace("goes on", answer);
    }

    /** Returns what the vCenter says of the files that it sent, by device; nothing of those of which it says nothing. */
    Map<String, Node> manifest() throws InterruptedException {
        try {
            Map<String, Node> entries = new HashMap<>();
            site.client()
                    .call(Call.reading(ref, Data.of("HttpNfcLeaseGetManifest")))
                    .all("returnval")
                    .forEach(entry -> entries.put(entry.text("key"), entry));
            return entries;
        } catch (VimFault e) {
            if (e.is("MethodNotFound", "NotSupported", "NotImplemented")) {
                return Map.of();
            }
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    /** Says that all has been moved, and ends it. When the answer is lost a look tells what became of that. */
    void complete() throws InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                trace("is complete", site.client().call(Call.changing(ref, Data.of("HttpNfcLeaseComplete"))));
                return;
            } catch (VimFault e) {
                throw e.asFailure();
            } catch (LostAnswer e) {
                String state = reader.of(ref, "state").text("state");
                if (state.equals("done")) {
                    return;
                }
                if (tries == TRIES || !state.equals("ready")) {
                    throw e.asFailure();
                }
            }
        }
    }

    /** Ends it with nothing done. That this fails is told with the reason. */
    void abort(Exception reason) throws InterruptedException {
        try {
            trace("is aborted", site.client().call(Call.reading(ref, Data.of("HttpNfcLeaseAbort"))));
        } catch (VimFault | LostAnswer | DriverException e) {
            reason.addSuppressed(e); // complete, or gone with its session or by its time
        }
    }

    private void trace(String what, Node answer) {
        System.getLogger(Lease.class.getName()).log(System.Logger.Level.TRACE, "{0} {1}: {2}", ref, what, answer);
    }
}
