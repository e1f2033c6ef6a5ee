package io.hvkit.vmware.internal.machine;

import io.hvkit.vmware.internal.soap.Ref;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One call that takes a machine back to a snapshot. A machine that has just gone back looks like one that went back, ran and was stopped;
 * what tells them apart is a task that went well since this call began. So a call whose answer was lost is not made again if it was
 * carried out. A later call goes back again, as it says: of what was written in between it cannot know whose it is.
 */
final class Reverting {

    private final VmReader reader;
    private Optional<Set<Ref>> before = Optional.empty();

    Reverting(VmReader reader) {
        this.reader = reader;
    }

    /** Returns whether an earlier try of this call has done it; to be asked before each try. */
    boolean isDone(Vm vm, SnapshotTree.Entry snapshot) throws InterruptedException {
        Optional<List<VmReader.RecentTask>> now = reader.recentTasks(vm);
        Set<Ref> known = before.orElse(Set.of());
        if (before.isEmpty()) {
            before = now.map(all -> all.stream().map(VmReader.RecentTask::ref).collect(Collectors.toUnmodifiableSet()));
            return false; // and if not all are known, an old one could be taken for a new one: then the next look is
            // the first
        }
        return vm.snapshots().isCurrent(snapshot)
                && now.stream()
                        .flatMap(List::stream)
                        .filter(task -> !known.contains(task.ref()))
                        .anyMatch(task -> task.description().contains("revert")
                                && task.state().equals("success"));
    }
}
