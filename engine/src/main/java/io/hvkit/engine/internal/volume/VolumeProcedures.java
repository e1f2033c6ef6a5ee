package io.hvkit.engine.internal.volume;

import io.hvkit.engine.internal.operation.Procedure;
import java.util.List;

/**
 * What is done to volumes.
 *
 * @param create makes one
 * @param place makes one in the pool that is found best
 * @param delete removes one
 * @param grow makes one larger
 * @param attach gives one to a machine
 * @param detach takes one from a machine
 * @param move brings one to another pool
 * @param encrypt gives one other bytes under another key
 * @param tidy removes what the two before have left
 * @param rekey gives one another key by its slots
 * @param offer gives one the terms of another offering
 * @param follow looks where one is
 * @param extract copies one to a file
 */
public record VolumeProcedures(
        CreateProcedure create,
        PlaceProcedure place,
        DeleteProcedure delete,
        GrowProcedure grow,
        AttachProcedure attach,
        DetachProcedure detach,
        MoveProcedure move,
        EncryptProcedure encrypt,
        TidyProcedure tidy,
        RekeyProcedure rekey,
        OfferProcedure offer,
        FollowProcedure follow,
        ExtractProcedure extract) {

    /** Makes them. */
    public static VolumeProcedures on(Ground ground, PlaceProcedure.Pools pools) {
        return new VolumeProcedures(
                new CreateProcedure(ground),
                new PlaceProcedure(ground, pools),
                new DeleteProcedure(ground),
                new GrowProcedure(ground),
                new AttachProcedure(ground),
                new DetachProcedure(ground),
                new MoveProcedure(ground),
                new EncryptProcedure(ground),
                new TidyProcedure(ground),
                new RekeyProcedure(ground),
                new OfferProcedure(ground),
                new FollowProcedure(ground),
                new ExtractProcedure(ground));
    }

    /** Returns all of them, so that each is known when it is to be recovered. */
    public List<Procedure<?, ?>> all() {
        return List.of(create, place, delete, grow, attach, detach, move, encrypt, tidy, rekey, offer, follow, extract);
    }
}
