package io.hvkit.storage.spi.chain;

import java.util.Optional;

/** Steps in the words of operators. */
enum StepWords implements Step.Cases<String> {
    WORDS;

    @Override
    public String allocate(Step.Allocate step) {
        return step.snapshot() + " of " + step.volume() + " is Allocated";
    }

    @Override
    public String beginTake(Step.BeginTake step) {
        return step.snapshot() + " is Creating";
    }

    @Override
    public String take(Step.Take step) {
        return "take " + step.layer();
    }

    @Override
    public String beginBackUp(Step.BeginBackUp step) {
        return step.snapshot() + " is BackingUp";
    }

    @Override
    public String backUp(Step.BackUp step) {
        return "write " + step.layer()
                + step.parent().map(parent -> " as a delta on " + parent).orElse(" in full");
    }

    @Override
    public String share(Step.Share step) {
        return step.snapshot() + " shares " + step.layer();
    }

    @Override
    public String publish(Step.Publish step) {
        return step.snapshot() + " is whole and counts as used";
    }

    @Override
    public String fail(Step.Fail step) {
        return step.snapshot() + " is Error";
    }

    @Override
    public String free(Step.Free step) {
        return step.snapshot() + " does not need its copy in " + step.store();
    }

    @Override
    public String beginDelete(Step.BeginDelete step) {
        return step.snapshot() + " is Destroying";
    }

    @Override
    public String hide(Step.Hide step) {
        return step.snapshot() + " is Hidden in " + step.store();
    }

    @Override
    public String drop(Step.Drop step) {
        return step.snapshot() + " leaves its layer in " + step.store() + " to others";
    }

    @Override
    public String condemn(Step.Condemn step) {
        return step.layer() + " is to go";
    }

    @Override
    public String delete(Step.Delete step) {
        return "delete " + step.layer();
    }

    @Override
    public String retire(Step.Retire step) {
        return step.snapshot() + " is Destroyed and counts no more";
    }

    @Override
    public String rebase(Step.Rebase step) {
        return "let " + step.layer() + " stand on " + onto(step.onto());
    }

    @Override
    public String rebaseVolume(Step.RebaseVolume step) {
        return "let volume " + step.volume() + " stand on " + onto(step.onto());
    }

    @Override
    public String beginCopy(Step.BeginCopy step) {
        return step.snapshot() + " is being copied to " + step.layer().store();
    }

    @Override
    public String copy(Step.Copy step) {
        return "copy " + step.from() + " to " + step.layer()
                + step.parent().map(parent -> " as a delta on " + parent).orElse(" in full");
    }

    @Override
    public String failCopy(Step.FailCopy step) {
        return "the copy of " + step.snapshot() + " in " + step.store() + " is given up";
    }

    @Override
    public String beginRestore(Step.BeginRestore step) {
        return step.target() + " is being made from " + step.from();
    }

    @Override
    public String restore(Step.Restore step) {
        return "write " + step.from() + " to " + step.target() + " in " + step.pool();
    }

    @Override
    public String beginFlatten(Step.BeginFlatten step) {
        return step.layer() + " is being written beside " + step.from() + ", in full";
    }

    @Override
    public String flatten(Step.Flatten step) {
        return "write all of " + step.from() + " to " + step.layer() + ", and read " + step.snapshot() + " from there";
    }

    private static String onto(Optional<LayerId> layer) {
        return layer.map(LayerId::toString).orElse("nothing");
    }
}
