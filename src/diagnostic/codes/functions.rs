//! Codes of rules compared with the source of the functions that they name: `GR04..`.

super::table::codes! {
    NO_FUNCTION = "GR0401", Error, "package {package} has no function {function}",
        "The rule would never apply.",
        "Correct the name. The message offers the nearest one, or a list of what there is.";
    NO_TYPE = "GR0402", Error, "package {package} has no type `{name}`",
        "The rule would never apply.",
        "Correct the name.";
    WRONG_RECEIVER = "GR0403", Error, "{function} is {is}, not {not}",
        "Functions and methods of one name are different functions, and so are methods of different types.",
        "Write the `recv` line that the message gives, or remove it for a plain function.";
    PARAM_COUNT = "GR0404", Error, "{function} has {has}, the rule binds {wanted}",
        "Parameters are bound by their position: a list names all of them.",
        "Write the list that the message gives; `_` stands for a parameter that is not used. Or leave the list out, then nothing is bound.";
    RESULT_COUNT = "GR0405", Error, "{function} has {has}, the rule binds {wanted}",
        "Results are bound by their position: a list names all of them.",
        "Write the list that the message gives, or leave it out.";
    TYPE_MISMATCH = "GR0406", Error, "{what} of {function} is `{has}`, not `{wanted}`",
        "A template that was written for another type would not compile, or would do something else.",
        "Write the type of the source, or leave the type out if any will do. Types of other packages need an `import` in the plugin.";
    NO_BODY = "GR0407", Error, "{function} has no body",
        "It is written in assembly or linked by name: there is no Go code to weave into.",
        "Hook a function that calls it.";
    NO_STACK = "GR0408", Error, "{function} is marked `//{directive}`",
        "Such a function must not grow its stack, so nothing can be called in it.",
        "Hook a function that calls it.";
    GENERIC = "GR0409", Error, "`{name}` has {has}, the rule names {wanted}",
        "The code that is generated for a method of a generic type needs a name for each of the type's parameters.",
        "Name the type parameters, in any words: `recv t *Tree[A, B]`.";
    PARTLY = "GR0410", Error, "rule `{rule}` does not hold in {versions}: {reason}",
        "A rule holds in every version of its range, or its range is narrowed to where it does.",
        "Narrow the rule with the `versions` line that the message gives, and write another rule for the rest; or bind less, so that it holds in all of them.";
    NOT_READ = "GR0411", Error, "the declaration of {function} was not understood",
        "The parser of Go sources has gaps; weaving into what it does not understand would be a guess.",
        "Hook a function that calls it or that it calls.";
    ORDER = "GR0412", Error, "`{name}` is bound to {at}, but the source has {name} as {other}",
        "Parameters are bound by their position, not by their name; this looks like an exchange.",
        "Write the names in the order of the source, or choose others.";
    ANCHOR = "GR0413", Error, "the text of `{kind}` occurs {times} in {function}",
        "An anchor has to lead to one place.",
        "Copy the text again from the source; choose a longer piece where it occurs more than once.";
    UNKNOWN_NAME = "GR0414", Error, "`{name}` is not known in package {package}",
        "Templates use the rule's names, the plugin's imports and what the target package declares.",
        "Correct the name, bind it, import the package, or declare it in `decl`.";
    DECL_CLASH = "GR0415", Error, "package {package} declares `{name}` already",
        "Declarations of `decl` become part of the target package.",
        "Choose a name that the package will not have, such as one that begins with `goagent`.";
    NO_PLATFORM = "GR0416", Error, "none of the rule's platforms has {function}",
        "A file's name and its build constraint tell for which platforms it is.",
        "Name a platform that has the function's file, or leave `platforms` out.";
    ELSEWHERE = "GR0417", Warning, "rule `{rule}` is not for {function} as {file} declares it: {reason}",
        "A function may be declared for each platform, or for build tags. Where a declaration does not fit, the rule is left out of the build, and the build says so.",
        "Bind what all the declarations have; or say with `platforms` what the rule is for, and write another rule for the rest.";
    CALLEE = "GR0418", Error, "calls of {function} cannot be woven: {why}",
        "What is put around a call is in the package that calls, where the function's types have to be named.",
        "Hook the function itself, with a target for its package; or a function that can be called so.";
    NOT_STRUCT = "GR0431", Error, "`{name}` in package {package} is {what}, not a struct",
        "Fields can be added to struct types that the package itself declares.",
        "Name the struct type; of two names for one type, the one that declares the struct.";
    STRUCT_OPEN = "GR0432", Error, "`{name}` is exported, and so are all its fields",
        "Other packages may write its values without the names of the fields, and convert them to types with the same fields. With one field more such programs would not compile.",
        "Add the field to a type that has an unexported field already, or keep the value elsewhere.";
    FIELD_TAKEN = "GR0433", Error, "package {package} has a field or method `{name}` already",
        "The new field would clash with it, or take the place of a promoted one.",
        "Choose a name that the package will not have, such as one that begins with `goagent`.";
    STRUCT_UNKEYED = "GR0434", Error, "a `{name}` is written without the names of its fields",
        "With one field more that does not compile.",
        "Add the field to another type.";
    STRUCT_LAYOUT = "GR0435", Error, "a `{name}` is {how}",
        "With one field more the type is larger than what it shares its memory or its fields with.",
        "Add the field to another type.";
    STRUCT_COMPARED = "GR0436", Error, "values of `{name}` are compared, {how}",
        "Two values that are the same for the program would differ by the new field.",
        "Add the field to another type, such as one that is handed around by pointer.";
    FIELD_INCOMPARABLE = "GR0437", Error, "values of `{name}` can be compared, those of `{type}` cannot, or that is not known",
        "With such a field `==` between values of the struct would not compile, in the package or in the user's code.",
        "Use a pointer: `*{type}`.";
}
