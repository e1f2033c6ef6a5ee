package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.scaleio.internal.pool.ArrayCalls.Beside;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.VolumeUse.Sharing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Who uses a volume. That a host has it is the array's mapping. A mapping alone is a machine's use, and nobody else's; what differs
 * from that is noted beside it. Notes without a mapping mean nothing.
 */
final class Uses {

    private static final char MARK = 'U';

    private final ArrayCalls calls;
    private final Clients clients;
    private final Notes notes;
    private final ArrayLimits limits;
    private final BiFunction<HostId, String, Path> devices;

    /** Makes one; {@code devices} tells where a host finds a volume. */
    Uses(ArrayCalls calls, Clients clients, Notes notes, ArrayLimits limits, BiFunction<HostId, String, Path> devices) {
        this.calls = calls;
        this.clients = clients;
        this.notes = notes;
        this.limits = limits;
        this.devices = devices;
    }

    /** Returns every use of a volume. */
    Set<VolumeUse> of(ArrayVolume volume) throws InterruptedException {
        if (volume.mappings().isEmpty()) {
            return Set.of();
        }
        Notes.Found found = notes.about(volume.id());
        Set<VolumeUse> uses = new LinkedHashSet<>();
        for (ArrayVolume.Mapping mapping : volume.mappings()) {
            uses.addAll(of(clients.hostOf(mapping), mapping.sdc(), found));
        }
        return Set.copyOf(uses);
    }

    /** Where a change of the sharing was cut short, both are noted; then a use wants to be alone. */
    private static Set<VolumeUse> of(HostId host, String sdc, Notes.Found found) {
        String prefix = prefix(sdc);
        Map<Reason, Sharing> noted = new EnumMap<>(Reason.class);
        for (String text : found.texts().keySet()) {
            if (text.startsWith(prefix)) {
                Reason reason = reason(text.charAt(prefix.length()));
                Sharing sharing = text.endsWith("S") ? Sharing.SHARED : Sharing.EXCLUSIVE;
                noted.merge(reason, sharing, (one, other) -> one == other ? one : Sharing.EXCLUSIVE);
            }
        }
        if (noted.isEmpty()) {
            return Set.of(VolumeUse.by(host));
        }
        Set<VolumeUse> uses = new LinkedHashSet<>();
        noted.forEach((reason, sharing) -> uses.add(new VolumeUse(host, reason, sharing)));
        return uses;
    }

    Attachment attach(ArrayVolume volume, VolumeUse use) throws InterruptedException {
        Set<VolumeUse> all = of(volume);
        for (VolumeUse other : all) {
            if (use.conflictsWith(other)) {
                throw DriverException.because(Failure.IN_USE)
                        .message("host %s uses volume %s for %s", other.host(), volume.id(), other.reason());
            }
        }
        Set<VolumeUse> target = new LinkedHashSet<>();
        all.stream()
                .filter(one -> one.host().equals(use.host()) && !one.isSameAs(use))
                .forEach(target::add);
        target.add(use);
        String sdc = clients.ready(use.host()).id();
        Notes.Found found = note(volume.id(), sdc, target);
        if (volume.mappings().stream().noneMatch(mapping -> mapping.sdc().equals(sdc))) {
            calls.map(volume.id(), sdc, use.sharing() == Sharing.SHARED ? Beside.OTHERS : Beside.NONE);
            limits.applyTo(volume.id(), sdc, found);
        }
        return new Attachment.BlockDevice(devices.apply(use.host(), volume.id()));
    }

    void detach(ArrayVolume volume, HostId host, Reason reason) throws InterruptedException {
        boolean isMapped = false;
        for (ArrayVolume.Mapping mapping : volume.mappings()) {
            if (clients.hostOf(mapping).equals(host)) {
                isMapped = true;
                detach(volume.id(), mapping.sdc(), VolumeUse.by(host).because(reason));
            }
        }
        if (!isMapped) {
            sweep(volume.id(), host);
        }
    }

    /** Removes what a detaching left that was cut short after the mapping had gone. */
    private void sweep(String volume, HostId host) throws InterruptedException {
        Notes.Found found = notes.about(volume);
        if (found.sheet().isPresent() || found.doomed().isPresent()) {
            Optional<String> sdc = clients.idOf(host);
            if (sdc.isPresent()) {
                remove(volume, sdc.get(), found, List.of());
            }
        }
    }

    private void detach(String volume, String sdc, VolumeUse ended) throws InterruptedException {
        Notes.Found found = notes.about(volume);
        Set<VolumeUse> left = new LinkedHashSet<>(of(ended.host(), sdc, found));
        if (!left.removeIf(ended::isSameAs)) {
            return;
        }
        if (left.isEmpty()) {
            calls.unmap(volume, sdc); // first: a mapping without notes would be a machine's
            remove(volume, sdc, found, List.of());
        } else {
            note(volume, sdc, left);
        }
    }

    /**
     * Makes the notes say these uses and no others; at each moment they say no less than before or after. Returns what was noted
     * before.
     */
    private Notes.Found note(String volume, String sdc, Set<VolumeUse> uses) throws InterruptedException {
        List<String> wanted = new ArrayList<>();
        HostId host = uses.iterator().next().host();
        if (!uses.equals(Set.of(VolumeUse.by(host)))) {
            uses.forEach(use -> wanted.add(text(sdc, use)));
        }
        Notes.Found found = notes.about(volume);
        notes.add(volume, found, wanted);
        remove(volume, sdc, found, wanted);
        return found;
    }

    private void remove(String volume, String sdc, Notes.Found found, Collection<String> kept)
            throws InterruptedException {
        String machine = text(sdc, VolumeUse.by(new HostId("any")));
        List<String> doomed = new ArrayList<>(found.texts().keySet().stream()
                .filter(text -> text.startsWith(prefix(sdc)) && !kept.contains(text))
                .toList());
        if (doomed.remove(machine)) {
            doomed.add(machine); // last: without notes the mapping says the same
        }
        if (!doomed.isEmpty() || (kept.isEmpty() && found.isIdle())) {
            notes.remove(volume, doomed);
        }
    }

    private static String prefix(String sdc) {
        return MARK + Names.shortened(sdc);
    }

    private static String text(String sdc, VolumeUse use) {
        return prefix(sdc) + letter(use.reason()) + (use.sharing() == Sharing.SHARED ? 'S' : 'X');
    }

    private static char letter(Reason reason) {
        return switch (reason) {
            case MACHINE -> 'M';
            case MIGRATION -> 'G';
            case COPY -> 'C';
            case MAINTENANCE -> 'A';
        };
    }

    private static Reason reason(char letter) {
        return Arrays.stream(Reason.values())
                .filter(reason -> letter(reason) == letter)
                .findFirst()
                .orElse(Reason.MACHINE); // noted by a later release: a use all the same
    }

    /** Refuses what needs a volume that nobody uses. */
    void requireNone(ArrayVolume volume, VolumeId id) throws InterruptedException {
        if (!volume.mappings().isEmpty()) {
            List<HostId> hosts = new ArrayList<>();
            for (ArrayVolume.Mapping mapping : volume.mappings()) {
                hosts.add(clients.hostOf(mapping));
            }
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is attached to %s; detach it first", id, hosts);
        }
    }
}
