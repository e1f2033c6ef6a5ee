package io.hvkit.catalog.jdbc;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.catalog.jdbc", importOptions = ImportOption.DoNotIncludeTests.class)
class CatalogJdbcArchitectureTest {

    @ArchTest
    static final ArchRule itKnowsNoDriverOfADatabase = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.sql..",
                    "io.hvkit.core..",
                    "io.hvkit.catalog.spi..",
                    "io.hvkit.catalog.jdbc..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule publicMethodsTakeNoBooleans = noMethods()
            .that()
            .arePublic()
            .should()
            .haveRawParameterTypes(DescribedPredicate.describe(
                    "with a boolean", types -> types.stream().anyMatch(type -> type.isEquivalentTo(boolean.class))))
            .because("a boolean argument says nothing where it is passed; use an enum or another method");
}
