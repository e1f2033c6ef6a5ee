package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.MachineStatistics;
import io.hvkit.hypervisor.spi.Statistics;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.libvirt.Measurements;
import io.hvkit.kvm.internal.libvirt.Measurements.Measured;
import io.hvkit.kvm.internal.xml.DeviceLabels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Measures domains. libvirt asks each domain's QEMU, one after the other, unless somebody waits for that QEMU already. So the first
 * question that meets a QEMU which hangs waits with it, and the next one passes it by: whoever asks is kept waiting for a moment, and
 * the question that waits is the only one, however often is asked.
 */
final class LibvirtStatistics implements Statistics {

    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** How many questions may wait; there are more threads than that, and libvirt takes more from one connection. */
    private static final int MOST_WAITING = 3;

    private final LibvirtSession session;
    private final LabelCache labels;
    private final Semaphore free = new Semaphore(MOST_WAITING);

    LibvirtStatistics(LibvirtSession session, LabelCache labels) {
        this.session = session;
        this.labels = labels;
    }

    @Override
    public Optional<MachineStatistics> of(MachineId machine) throws InterruptedException {
        return answered("measure machine " + machine, connection -> {
                    Optional<LibvirtDomain> found = connection.find(machine.value());
                    if (found.isEmpty()) {
                        return List.of();
                    }
                    try (LibvirtDomain domain = found.get();
                            Measurements measurements = domain.measure()) {
                        return read(measurements);
                    } catch (LibvirtException e) {
                        if (e.saysAbsent()) {
                            return List.of();
                        }
                        throw e;
                    }
                })
                .stream()
                .findFirst();
    }

    @Override
    public List<MachineStatistics> ofAll() throws InterruptedException {
        return answered("measure all machines", connection -> {
            try (Measurements measurements = connection.measure()) {
                return read(measurements);
            }
        });
    }

    private List<MachineStatistics> read(Measurements measurements) throws LibvirtException {
        Instant now = Instant.now();
        List<MachineStatistics> read = new ArrayList<>();
        for (Measured measured : measurements.all()) {
            Optional<MachineId> id = KvmHypervisor.id(measured.domain().name());
            if (id.isPresent()) {
                try {
                    DeviceLabels known = labels.of(measured.domain(), Measurement.names(measured.values()));
                    read.add(Measurement.of(id.get(), measured.values(), known, now));
                } catch (LibvirtException e) {
                    if (!e.saysAbsent()) { // it ended meanwhile
                        throw e;
                    }
                }
            }
        }
        return List.copyOf(read);
    }

    private List<MachineStatistics> answered(String what, LibvirtSession.Task<List<MachineStatistics>> question)
            throws InterruptedException {
        for (int asked = 0; asked < MOST_WAITING && free.tryAcquire(); asked++) {
            Optional<List<MachineStatistics>> answer = ask(what, question);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        throw DriverException.because(Failure.TIMED_OUT)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "%s: libvirt does not answer; it, or %d machines on this host, have hung for %d s or more",
                        what, MOST_WAITING, PATIENCE.toSeconds());
    }

    private Optional<List<MachineStatistics>> ask(String what, LibvirtSession.Task<List<MachineStatistics>> question)
            throws InterruptedException {
        return session.askWithin(PATIENCE, what, connection -> {
            try {
                return question.on(connection);
            } finally {
                free.release();
            }
        });
    }
}
