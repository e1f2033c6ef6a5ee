package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.vmware.internal.soap.Deadline;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Properties;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A move that somebody else began. Where it was to go is not known here, so its task tells how it ended. */
record WatchedMove(Site site, Ref task, MachineId machine) implements MachineMoveJob {

    private static final long BETWEEN_LOOKS = 200;

    @Override
    public Progress progress() throws InterruptedException {
        return await(Duration.ZERO)
                        .filter(end -> end instanceof JobVerdict.Succeeded)
                        .isPresent()
                ? MoveTasks.progress("moved", 100)
                : MoveTasks.progress(site, task);
    }

    /** Looks from time to time: waiting for a task by its end would cancel it at the deadline. */
    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        Deadline deadline = Deadline.in(limit);
        Optional<JobVerdict> end = look();
        while (end.isEmpty() && !deadline.isOver()) {
            Thread.sleep(Math.min(BETWEEN_LOOKS, deadline.left().toMillis()));
            end = look();
        }
        return end;
    }

    private Optional<JobVerdict> look() throws InterruptedException {
        try {
            Properties.Found found = site.client().properties().read(task, "info.state", "info.error");
            return switch (found.text("info.state")) {
                case "success" -> Optional.of(new JobVerdict.Succeeded(List.of()));
                case "error" -> Optional.of(failed(found));
                default -> Optional.empty();
            };
        } catch (VimFault e) {
            return Optional.of(new JobVerdict.Vanished("the vCenter has forgotten the task: " + e.type()));
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private static JobVerdict failed(Properties.Found found) {
        String type = found.value("info.error")
                .flatMap(error -> error.at("fault"))
                .map(fault -> fault.type())
                .orElse("SystemError");
        return type.equals("RequestCanceled")
                ? new JobVerdict.Cancelled()
                : new JobVerdict.Failed(Failure.HOST_NOT_READY, type);
    }

    @Override
    public void cancel() throws InterruptedException {
        try {
            if (await(Duration.ZERO).isEmpty()) {
                MoveTasks.cancel(site, task);
            }
        } catch (DriverException e) {
            System.getLogger(WatchedMove.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} may have ended: {1}", machine, e);
        }
    }
}
