package io.hvkit.storage.spi.chain;

import java.util.Optional;

/** What each step does to a graph, and when it is refused. */
final class StepRules implements Step.Cases<Optional<UsageEvent>> {

    private final TakingRules taking;
    private final BackupRules backups;
    private final RemovalRules removal;
    private final CopyRules copies;
    private final FlatteningRules flattening;

    StepRules(GraphEdit edit) {
        taking = new TakingRules(edit);
        backups = new BackupRules(edit);
        removal = new RemovalRules(edit);
        copies = new CopyRules(edit);
        flattening = new FlatteningRules(edit);
    }

    @Override
    public Optional<UsageEvent> allocate(Step.Allocate step) {
        return taking.allocate(step);
    }

    @Override
    public Optional<UsageEvent> beginTake(Step.BeginTake step) {
        return taking.beginTake(step);
    }

    @Override
    public Optional<UsageEvent> take(Step.Take step) {
        return taking.take(step);
    }

    @Override
    public Optional<UsageEvent> beginBackUp(Step.BeginBackUp step) {
        return backups.beginBackUp(step);
    }

    @Override
    public Optional<UsageEvent> backUp(Step.BackUp step) {
        return backups.backUp(step);
    }

    @Override
    public Optional<UsageEvent> share(Step.Share step) {
        return backups.share(step);
    }

    @Override
    public Optional<UsageEvent> publish(Step.Publish step) {
        return taking.publish(step);
    }

    @Override
    public Optional<UsageEvent> fail(Step.Fail step) {
        return taking.fail(step);
    }

    @Override
    public Optional<UsageEvent> free(Step.Free step) {
        return removal.free(step);
    }

    @Override
    public Optional<UsageEvent> beginDelete(Step.BeginDelete step) {
        return removal.beginDelete(step);
    }

    @Override
    public Optional<UsageEvent> hide(Step.Hide step) {
        return removal.hide(step);
    }

    @Override
    public Optional<UsageEvent> drop(Step.Drop step) {
        return removal.drop(step);
    }

    @Override
    public Optional<UsageEvent> condemn(Step.Condemn step) {
        return removal.condemn(step);
    }

    @Override
    public Optional<UsageEvent> delete(Step.Delete step) {
        return removal.delete(step);
    }

    @Override
    public Optional<UsageEvent> retire(Step.Retire step) {
        return removal.retire(step);
    }

    @Override
    public Optional<UsageEvent> rebase(Step.Rebase step) {
        return removal.rebase(step);
    }

    @Override
    public Optional<UsageEvent> rebaseVolume(Step.RebaseVolume step) {
        return removal.rebaseVolume(step);
    }

    @Override
    public Optional<UsageEvent> beginCopy(Step.BeginCopy step) {
        return copies.beginCopy(step);
    }

    @Override
    public Optional<UsageEvent> copy(Step.Copy step) {
        return copies.copy(step);
    }

    @Override
    public Optional<UsageEvent> failCopy(Step.FailCopy step) {
        return copies.failCopy(step);
    }

    @Override
    public Optional<UsageEvent> beginRestore(Step.BeginRestore step) {
        return copies.beginRestore(step);
    }

    @Override
    public Optional<UsageEvent> restore(Step.Restore step) {
        return copies.restore(step);
    }

    @Override
    public Optional<UsageEvent> beginFlatten(Step.BeginFlatten step) {
        return flattening.beginFlatten(step);
    }

    @Override
    public Optional<UsageEvent> flatten(Step.Flatten step) {
        return flattening.flatten(step);
    }
}
