package io.hvkit.vmware.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Progress;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;

/** What jobs ask of the tasks that do their work. */
final class MoveTasks {

    private MoveTasks() {}

    static Progress progress(String phase, int percent) {
        return new Progress(phase, ByteSize.bytes(percent), ByteSize.bytes(100));
    }

    /** Returns how far a task is: parts of a hundred, since a vCenter tells no bytes. */
    static Progress progress(Site site, Ref task) throws InterruptedException {
        try {
            String percent =
                    site.client().properties().read(task, "info.progress").text("info.progress");
            return progress("moving", percent.isEmpty() ? 0 : Integer.parseInt(percent));
        } catch (VimFault | LostAnswer e) {
            return progress("moving; the vCenter does not say how far", 0);
        }
    }

    /** Asks a task to end. It may have ended, or be past that; its end tells. */
    static void cancel(Site site, Ref task) {
        try {
            Node asked = site.client().call(Call.reading(task, Data.of("CancelTask"))); // twice is no more than once
            System.getLogger(MoveTasks.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} is asked to end: {1}", task, asked);
        } catch (VimFault | LostAnswer | DriverException e) {
            System.getLogger(MoveTasks.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} is not cancelled: {1}", task, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
