package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.inventory.Connections;
import io.hvkit.engine.machine.HostRejection;
import io.hvkit.engine.machine.HostRejection.Reason;
import io.hvkit.engine.machine.HostSelection;
import io.hvkit.engine.placement.PlacementNotes;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** Which hosts can run a machine: the catalog is looked at first, and a host that it has nothing against is asked. */
public final class HostSurvey {

    /**
     * What was found.
     *
     * @param selection for people; what the disks keep away need not be named if a host qualifies
     * @param rooms what each host that qualifies may promise, in the order of the selection
     */
    record Found(HostSelection selection, List<HostRoom> rooms) {}

    /** A host and its cluster, and what machines have been promised there. */
    private record Candidate(HostRecord host, ClusterRecord cluster, HostRoom.Promised promised) {}

    private final Catalog catalog;
    private final Connections connections;
    private final PlacementNotes notes;

    /** Makes one. */
    public HostSurvey(Catalog catalog, Connections connections, PlacementNotes notes) {
        this.catalog = catalog;
        this.connections = connections;
        this.notes = notes;
    }

    /** Returns what a platform notes of hosts and pools. */
    PlacementNotes notes() {
        return notes;
    }

    /**
     * Looks for hosts that qualify. Those that the machine's disks, or the question, keep away are not read, so that a question costs what the
     * others do; if none of these qualifies, all of the zone are named, for the reasons.
     */
    Found look(HostQuestion question) throws InterruptedException {
        List<HostRecord> near = catalog.inTransaction(transaction -> HostCandidates.withinReach(transaction, question));
        Judged judged = new Judged();
        judge(question, near, judged);
        if (judged.rooms.isEmpty()) {
            judgeOthers(question, near, judged);
        }
        return judged.found(question);
    }

    /** Looks at each host of the zone. */
    Found lookAtAll(HostQuestion question) throws InterruptedException {
        Judged judged = new Judged();
        judgeOthers(question, List.of(), judged);
        return judged.found(question);
    }

    private void judgeOthers(HostQuestion question, List<HostRecord> near, Judged judged) throws InterruptedException {
        Set<RecordId<HostRecord>> done = near.stream().map(HostRecord::id).collect(Collectors.toSet());
        List<HostRecord> others = catalog.inTransaction(transaction -> HostCandidates.ofZone(transaction, question));
        judge(
                question,
                others.stream().filter(host -> !done.contains(host.id())).toList(),
                judged);
    }

    private void judge(HostQuestion question, List<HostRecord> hosts, Judged judged) throws InterruptedException {
        List<Candidate> candidates = catalog.inTransaction(transaction -> hosts.stream()
                .flatMap(host -> candidate(transaction, question, host).stream())
                .toList());
        for (Candidate candidate : candidates) {
            HostRecord host = candidate.host;
            List<HostRejection> against =
                    new ArrayList<>(RecordedHost.against(question, host, candidate.cluster, notes.tags(host)));
            if (against.isEmpty()) {
                ask(question, candidate, against).ifPresent(judged.rooms::add);
            }
            if (!against.isEmpty()) {
                judged.rejected.add(new HostSelection.Rejected(host.id(), host.name(), against));
            }
        }
    }

    /** A host that was removed with its cluster since it was found is none any more. */
    private static Optional<Candidate> candidate(Transaction transaction, HostQuestion question, HostRecord host) {
        return transaction
                .clusters()
                .find(host.cluster())
                .map(cluster ->
                        new Candidate(host, cluster, HostRoom.Promised.at(transaction, host.id(), question.name())));
    }

    /** What was found so far. */
    private static final class Judged {
        private final List<HostRoom> rooms = new ArrayList<>();
        private final List<HostSelection.Rejected> rejected = new ArrayList<>();

        private Found found(HostQuestion question) {
            Collections.shuffle(rooms, ThreadLocalRandom.current()); // equals are in no order then
            rooms.sort(Comparator.comparing(HostRoom::freeMemory).reversed());
            rejected.sort(Comparator.comparing(HostSelection.Rejected::name));
            List<HostSelection.Choice> choices = rooms.stream()
                    .map(room -> new HostSelection.Choice(room.host(), room.name(), room.why()))
                    .toList();
            return new Found(new HostSelection(question.name(), choices, rejected), rooms);
        }
    }

    /** Asks a host; returns what it may promise if nothing speaks against it. */
    private Optional<HostRoom> ask(HostQuestion question, Candidate candidate, List<HostRejection> against)
            throws InterruptedException {
        HostRecord host = candidate.host;
        try {
            Hypervisor open = connections.host(host, candidate.cluster.hypervisorType());
            for (HypervisorFeature feature : question.features()) {
                if (!open.features().offers(feature)) {
                    against.add(lacks(feature));
                }
            }
            if (open.find(new MachineId(question.name())).isPresent()) {
                against.add(new HostRejection(Reason.NAME_TAKEN, "has a machine " + question.name() + " already"));
            }
            Optional<HostCapacity> capacity = open.capacity();
            HostRoom room = HostRoom.of(host, capacity, notes.overcommit(host), notes.reservedMemory(host));
            against.addAll(room.against(question.needs(), candidate.promised));
            return against.isEmpty() ? Optional.of(room.after(candidate.promised)) : Optional.empty();
        } catch (DriverException e) {
            boolean isSilent = e.failure() == Failure.UNREACHABLE || e.failure() == Failure.TIMED_OUT;
            against.add(
                    isSilent
                            ? new HostRejection(Reason.NO_ANSWER, "did not answer: " + e.getMessage())
                            : new HostRejection(Reason.FAILED, "failed to tell: " + e.getMessage()));
            return Optional.empty();
        }
    }

    private static HostRejection lacks(HypervisorFeature feature) {
        return feature == HypervisorFeature.ENCRYPTED_DISKS
                ? new HostRejection(Reason.NO_ENCRYPTION, "opens no encrypted disks")
                : new HostRejection(Reason.LACKS_FEATURE, "lacks " + feature);
    }
}
