// The application of application.mjs with Milvus's Go SDK.
//
//	application '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
//
// The SDK trusts the system's authorities: with "caFile", SSL_CERT_FILE names it too.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/milvus-io/milvus/client/v2/column"
	"github.com/milvus-io/milvus/client/v2/entity"
	"github.com/milvus-io/milvus/client/v2/index"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"github.com/milvus-io/milvus/pkg/v2/log"
	"github.com/milvus-io/milvus/pkg/v2/util/merr"
	"go.uber.org/zap/zapcore"
)

var titles = strings.Split("Solaris,Stalker,Playtime,Laura,Mirror,Trafic,Vertigo,Ran,Heat,M,Brazil,Alien", ",")
var genres = []string{"drama", "comedy", "noir"}
var shownFields = []string{"title", "genre", "year", "minutes", "rating", "gross", "colour", "tags", "details", "place", "studio"}

var filters = []string{
	"year > 1950 and year <= 1980",
	"id in [2, 3, 5, 7]",
	`title like "S%"`,
	"not (colour == true)",
	"gross is null",
	"gross > 6",
	"minutes % 2 == 0",
	"rating * 2 >= 12",
	`details["director"] == "d1" and details["awards"] > 0`,
	`array_contains(tags, "t1")`,
	`json_contains_any(tags, ["t2", "t3"])`,
	"array_length(tags) == 2 and 100 < minutes < 120",
	`studio == "s1" or genre == "noir"`,
	"st_within(place, 'POLYGON ((0 0, 6 0, 6 3, 0 3, 0 0))')",
}

type film struct {
	id                                  int64
	title, genre, place, studio, detail string
	year                                int16
	minutes                             int32
	rating                              float32
	gross                               float64
	hasGross, colour                    bool
	tags                                []string
	plot, sound                         []float32
	poster                              []byte
	words                               entity.SparseEmbedding
}

// filmNumber has nothing but integers and simple fractions, so that every client sends the same values.
func filmNumber(id int64) film {
	x := float32(id)
	positions := []uint32{uint32(id), uint32(20 + id%4)}
	return film{
		id: id, title: titles[id-1], genre: genres[id%3], year: int16(1920 + 7*id), minutes: int32(80 + id*37%50),
		rating: 5 + float32(id%5)/4, gross: float64(id) * 1.5, hasGross: id%4 != 0, colour: id%2 == 0,
		tags:   []string{fmt.Sprintf("t%d", id%2), fmt.Sprintf("t%d", 2+id%3)},
		detail: fmt.Sprintf(`{"director":"d%d","awards":%d}`, id%4, id%5),
		place:  fmt.Sprintf("POINT (%d %d)", id, id%3), studio: fmt.Sprintf("s%d", id%2),
		plot:   []float32{x * 3 / 8, float32(id%5) / 4, float32(id%7) / 8, 1},
		poster: []byte{byte(id), byte(255 - id)},
		sound:  []float32{x / 4, 1, float32(id%3) / 2, 0.5},
		words:  must(entity.NewSliceSparseEmbedding(positions, []float32{1, x / 8})),
	}
}

// columns is what the SDK sends: a column of each field, and the dynamic one.
func columns(films ...film) []column.Column {
	gross := values(films, func(f film) (float64, bool) { return f.gross, f.hasGross })
	valid := values(films, func(f film) (bool, bool) { return f.hasGross, true })
	return []column.Column{
		column.NewColumnInt64("id", values(films, func(f film) (int64, bool) { return f.id, true })),
		column.NewColumnVarChar("title", values(films, func(f film) (string, bool) { return f.title, true })),
		column.NewColumnVarChar("genre", values(films, func(f film) (string, bool) { return f.genre, true })),
		column.NewColumnInt16("year", values(films, func(f film) (int16, bool) { return f.year, true })),
		column.NewColumnInt32("minutes", values(films, func(f film) (int32, bool) { return f.minutes, true })),
		column.NewColumnFloat("rating", values(films, func(f film) (float32, bool) { return f.rating, true })),
		must(column.NewNullableColumnDouble("gross", gross, valid)),
		column.NewColumnBool("colour", values(films, func(f film) (bool, bool) { return f.colour, true })),
		column.NewColumnVarCharArray("tags", values(films, func(f film) ([]string, bool) { return f.tags, true })),
		column.NewColumnJSONBytes("details", values(films, func(f film) ([]byte, bool) { return []byte(f.detail), true })),
		column.NewColumnGeometryWKT("place", values(films, func(f film) (string, bool) { return f.place, true })),
		column.NewColumnFloatVector("plot", 4, values(films, func(f film) ([]float32, bool) { return f.plot, true })),
		column.NewColumnBinaryVector("poster", 16, values(films, func(f film) ([]byte, bool) { return f.poster, true })),
		column.NewColumnFloat16Vector("sound", 4, values(films, func(f film) ([]byte, bool) { return entity.FloatVector(f.sound).ToFloat16Vector(), true })),
		column.NewColumnSparseVectors("words", values(films, func(f film) (entity.SparseEmbedding, bool) { return f.words, true })),
		column.NewColumnVarChar("studio", values(films, func(f film) (string, bool) { return f.studio, true })),
	}
}

// values leaves out what is not there: a nullable column holds the values of the rows that have one.
func values[T any](films []film, of func(film) (T, bool)) []T {
	out := []T{}
	for _, f := range films {
		if value, there := of(f); there {
			out = append(out, value)
		}
	}
	return out
}

// The SDK does not export the types of these: options are written out where they are used.
var newQuery, newSearch = milvusclient.NewQueryOption, milvusclient.NewSearchOption

type application struct {
	ctx    context.Context
	client *milvusclient.Client
}

func (a application) databases() {
	properties := milvusclient.NewCreateDatabaseOption("archive").WithProperty("database.max.collections", 10)
	check(a.client.CreateDatabase(a.ctx, properties))
	names := must(a.client.ListDatabase(a.ctx, milvusclient.NewListDatabaseOption()))
	fmt.Println("databases", sorted(names))
	found := must(a.client.DescribeDatabase(a.ctx, milvusclient.NewDescribeDatabaseOption("archive")))
	fmt.Println("database properties", found.Properties["database.max.collections"])
	check(a.client.UseDatabase(a.ctx, milvusclient.NewUseDatabaseOption("archive")))
}

func (a application) films() {
	field := func(name string, dataType entity.FieldType) *entity.Field {
		return entity.NewField().WithName(name).WithDataType(dataType)
	}
	schema := entity.NewSchema().WithDynamicFieldEnabled(true).
		WithField(field("id", entity.FieldTypeInt64).WithIsPrimaryKey(true)).
		WithField(field("title", entity.FieldTypeVarChar).WithMaxLength(100)).
		WithField(field("genre", entity.FieldTypeVarChar).WithMaxLength(20).WithIsPartitionKey(true)).
		WithField(field("year", entity.FieldTypeInt16)).
		WithField(field("minutes", entity.FieldTypeInt32)).
		WithField(field("rating", entity.FieldTypeFloat)).
		WithField(field("gross", entity.FieldTypeDouble).WithNullable(true)).
		WithField(field("colour", entity.FieldTypeBool)).
		WithField(field("tags", entity.FieldTypeArray).WithElementType(entity.FieldTypeVarChar).WithMaxCapacity(8).WithMaxLength(20)).
		WithField(field("details", entity.FieldTypeJSON)).
		WithField(field("place", entity.FieldTypeGeometry)).
		WithField(field("plot", entity.FieldTypeFloatVector).WithDim(4)).
		WithField(field("poster", entity.FieldTypeBinaryVector).WithDim(16)).
		WithField(field("sound", entity.FieldTypeFloat16Vector).WithDim(4)).
		WithField(field("words", entity.FieldTypeSparseVector))
	create := milvusclient.NewCreateCollectionOption("films", schema).WithConsistencyLevel(entity.ClStrong).
		WithNumPartitions(4).WithProperty("collection.ttl.seconds", 86400)
	check(a.client.CreateCollection(a.ctx, create))
	indexes := map[string]index.Index{
		"plot":   index.NewHNSWIndex(entity.L2, 8, 64),
		"poster": index.NewBinFlatIndex(entity.HAMMING),
		"sound":  index.NewFlatIndex(entity.IP),
		"words":  index.NewGenericIndex("words_index", map[string]string{"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP"}),
	}
	for _, name := range []string{"plot", "poster", "sound", "words"} {
		option := milvusclient.NewCreateIndexOption("films", name, indexes[name]).WithIndexName(name + "_index")
		check(must(a.client.CreateIndex(a.ctx, option)).Await(a.ctx))
	}
	a.described()
	for _, name := range strings.Fields(sorted(must(a.client.ListIndexes(a.ctx, milvusclient.NewListIndexOption("films"))))) {
		found := must(a.client.DescribeIndex(a.ctx, milvusclient.NewDescribeIndexOption("films", name)))
		fmt.Println("index", name, found.Params()["index_type"], found.Params()["metric_type"])
	}
	a.state()
	loading := must(a.client.LoadCollection(a.ctx, milvusclient.NewLoadCollectionOption("films")))
	check(loading.Await(a.ctx))
	a.state()
	all := []film{}
	for id := range titles {
		all = append(all, filmNumber(int64(id+1)))
	}
	inserted := must(a.client.Insert(a.ctx, milvusclient.NewColumnBasedInsertOption("films", columns(all...)...)))
	changed := filmNumber(12)
	changed.title, changed.year = "Aliens", 1986
	upserted := must(a.client.Upsert(a.ctx, milvusclient.NewColumnBasedInsertOption("films", columns(changed)...)))
	fmt.Println("inserted", inserted.InsertCount, "upserted", upserted.UpsertCount)
}

func (a application) questions() {
	ids := column.NewColumnInt64("id", []int64{1, 12})
	got := must(a.client.Get(a.ctx, newQuery("films").WithIDs(ids).WithOutputFields(shownFields...)))
	for _, row := range rowsInOrder(got) {
		fmt.Print("film ", must(got.GetColumn("id").GetAsInt64(row)))
		for _, name := range shownFields {
			fmt.Print(" ", shown(got.GetColumn(name), row))
		}
		fmt.Println()
	}
	full := must(a.client.Query(a.ctx, newQuery("films").WithFilter("id == 5").WithOutputFields("plot", "poster", "sound", "words")))
	value := func(name string) any { return must(full.GetColumn(name).Get(0)) }
	words := value("words").(entity.SparseEmbedding)
	pairs := []string{}
	for i := range words.Len() {
		position, weight, _ := words.Get(i)
		pairs = append(pairs, fmt.Sprintf("%d:%v", position, weight))
	}
	sound := value("sound").(entity.Float16Vector).ToFloat32Vector()
	fmt.Println("vectors", value("plot").(entity.FloatVector), []byte(value("poster").(entity.BinaryVector)), sound, "{"+strings.Join(pairs, " ")+"}")
	for _, filter := range filters {
		fmt.Printf("%s: %s\n", filter, a.ids(newQuery("films").WithFilter(filter)))
	}
	templates := newQuery("films").WithFilter("year in {years} and rating >= {least}").
		WithTemplateParam("years", []int64{1927, 1948, 1969}).WithTemplateParam("least", 5.5)
	fmt.Println("templates:", a.ids(templates))
	fmt.Println("page:", a.ids(newQuery("films").WithFilter("id > 0").WithLimit(3).WithOffset(4)))
	count := must(a.client.Query(a.ctx, newQuery("films").WithFilter(`genre == "drama"`).WithOutputFields("count(*)")))
	fmt.Println("count", must(count.GetColumn("count(*)").GetAsInt64(0)))
}

func (a application) searches() {
	plot := []entity.Vector{entity.FloatVector{1, 0.5, 0.25, 1}}
	sound := []entity.Vector{entity.FloatVector{-1, 0.5, 0.75, 2}.ToFloat16Vector()}
	poster := []entity.Vector{entity.BinaryVector{3, 252}}
	words := []entity.Vector{must(entity.NewSliceSparseEmbedding([]uint32{3, 21, 23}, []float32{0.5, 1.5, 0.25}))}
	ring := index.NewCustomAnnParam()
	ring.WithRadius(2)
	ring.WithRangeFilter(0.25)
	a.search("nearest", newSearch("films", 4, plot).WithANNSField("plot"))
	a.search("filtered", newSearch("films", 4, plot).WithANNSField("plot").WithFilter("colour == true"))
	a.search("offset", newSearch("films", 4, plot).WithANNSField("plot").WithOffset(2))
	a.search("range", newSearch("films", 10, plot).WithANNSField("plot").WithAnnParam(ring))
	a.search("grouped", newSearch("films", 4, plot).WithANNSField("plot").WithGroupByField("genre"))
	pairs := newSearch("films", 2, plot).WithANNSField("plot").WithGroupByField("genre").WithGroupSize(2).WithStrictGroupSize(true)
	a.search("two groups", pairs)
	a.search("binary", newSearch("films", 4, poster).WithANNSField("poster").WithFilter("id in [1, 3, 5, 8]"))
	a.search("float16", newSearch("films", 3, sound).WithANNSField("sound"))
	a.search("sparse", newSearch("films", 4, words).WithANNSField("words"))
	both := []entity.Vector{entity.FloatVector{0, 0, 0, 0}, entity.FloatVector{4, 1, 0.5, 1}}
	for _, hits := range must(a.client.Search(a.ctx, newSearch("films", 2, both).WithANNSField("plot").WithOutputFields("title"))) {
		pairs := []string{}
		for row := range hits.ResultCount {
			pairs = append(pairs, shown(hits.IDs, row)+" "+shown(hits.GetColumn("title"), row))
		}
		fmt.Println("of two", strings.Join(pairs, ", "))
	}
	requests := []*milvusclient.AnnRequest{milvusclient.NewAnnRequest("plot", 5, plot...), milvusclient.NewAnnRequest("sound", 5, sound...)}
	rrf := milvusclient.NewHybridSearchOption("films", 4, requests...).WithReranker(milvusclient.NewRRFReranker().WithK(10))
	printHits("rrf", must(a.client.HybridSearch(a.ctx, rrf))[0])
	weighted := milvusclient.NewHybridSearchOption("films", 4, requests...).WithReranker(milvusclient.NewWeightedReranker([]float64{0.75, 0.25}))
	printHits("weighted", must(a.client.HybridSearch(a.ctx, weighted))[0])
}

func (a application) iterators() {
	ask := milvusclient.NewQueryIteratorOption("films").WithFilter("id > 2").WithBatchSize(4).WithIteratorLimit(9).WithOutputFields("id")
	rows := must(a.client.QueryIterator(a.ctx, ask))
	printBatches("query batch", func() (milvusclient.ResultSet, error) { return rows.Next(a.ctx) })
	find := milvusclient.NewSearchIteratorOption("films", entity.FloatVector{1, 0.5, 0.25, 1}).WithANNSField("plot").WithBatchSize(5).WithIteratorLimit(10)
	hits := must(a.client.SearchIterator(a.ctx, find))
	printBatches("search batch", func() (milvusclient.ResultSet, error) { return hits.Next(a.ctx) })
}

func (a application) changes() {
	check(a.client.CreateAlias(a.ctx, milvusclient.NewCreateAliasOption("films", "library")))
	aliases := must(a.client.ListAliases(a.ctx, milvusclient.NewListAliasesOption("films")))
	of := must(a.client.DescribeAlias(a.ctx, milvusclient.NewDescribeAliasOption("library")))
	fmt.Println("aliases", strings.Join(aliases, " "), "of", of.CollectionName)
	fmt.Println("by alias:", a.ids(newQuery("library").WithFilter("id < 3")))
	check(a.client.DropAlias(a.ctx, milvusclient.NewDropAliasOption("library")))

	copies := entity.NewField().WithName("copies").WithDataType(entity.FieldTypeInt32).WithNullable(true)
	check(a.client.AddCollectionField(a.ctx, milvusclient.NewAddCollectionFieldOption("films", copies)))
	another := filmNumber(1)
	another.id = 13
	withCopies := append(columns(another), must(column.NewNullableColumnInt32("copies", []int32{3}, []bool{true})))
	must(a.client.Insert(a.ctx, milvusclient.NewColumnBasedInsertOption("films", withCopies...)))
	have := a.ids(newQuery("films").WithFilter("copies == 3"))
	none := a.ids(newQuery("films").WithFilter("copies is null"))
	fmt.Printf("copies: %s, none: %s\n", have, none)
	check(a.client.AlterCollectionProperties(a.ctx, milvusclient.NewAlterCollectionPropertiesOption("films").WithProperty("collection.ttl.seconds", 3600)))
	a.described()
	check(a.client.DropCollectionProperties(a.ctx, milvusclient.NewDropCollectionPropertiesOption("films", "collection.ttl.seconds")))
	a.described()

	byIDs := must(a.client.Delete(a.ctx, milvusclient.NewDeleteOption("films").WithInt64IDs("id", []int64{1, 2})))
	byFilter := must(a.client.Delete(a.ctx, milvusclient.NewDeleteOption("films").WithExpr("year < 1950")))
	everything := newQuery("films").WithFilter("id > 0")
	fmt.Println("deleted", byIDs.DeleteCount, byFilter.DeleteCount, "left", a.ids(everything))
	check(must(a.client.Flush(a.ctx, milvusclient.NewFlushOption("films"))).Await(a.ctx))
	fmt.Println("after flush:", a.ids(everything))
}

func (a application) partitions() {
	// The SDK's quick collection makes its keys itself, and leaves its index without the metric.
	byDistance := milvusclient.NewCreateIndexOption("people", "vector", index.NewAutoIndex(entity.L2))
	people := milvusclient.SimpleCreateCollectionOptions("people", 2).WithAutoID(false).WithIndexOptions(byDistance)
	check(a.client.CreateCollection(a.ctx, people))
	check(a.client.CreatePartition(a.ctx, milvusclient.NewCreatePartitionOption("people", "crew")))
	fmt.Println("partitions", sorted(must(a.client.ListPartitions(a.ctx, milvusclient.NewListPartitionOption("people")))))
	person := func(id int64, x float32, name string) []column.Column {
		vectors := column.NewColumnFloatVector("vector", 2, [][]float32{{x, 1}})
		return []column.Column{column.NewColumnInt64("id", []int64{id}), vectors, column.NewColumnVarChar("name", []string{name})}
	}
	must(a.client.Insert(a.ctx, milvusclient.NewColumnBasedInsertOption("people", person(1, 0, "Ann")...)))
	must(a.client.Insert(a.ctx, milvusclient.NewColumnBasedInsertOption("people", person(2, 1, "Bo")...).WithPartition("crew")))
	origin := []entity.Vector{entity.FloatVector{0, 0}}
	a.search("all people", newSearch("people", 5, origin).WithConsistencyLevel(entity.ClStrong))
	a.search("crew", newSearch("people", 5, origin).WithConsistencyLevel(entity.ClStrong).WithPartitions("crew"))
	check(must(a.client.Flush(a.ctx, milvusclient.NewFlushOption("people"))).Await(a.ctx))
	fmt.Println("rows", must(a.client.GetCollectionStats(a.ctx, milvusclient.NewGetCollectionStatsOption("people")))["row_count"])
	check(a.client.ReleasePartitions(a.ctx, milvusclient.NewReleasePartitionsOptions("people", "crew")))
	check(a.client.DropPartition(a.ctx, milvusclient.NewDropPartitionOption("people", "crew")))
	fmt.Println("people:", a.ids(newQuery("people").WithFilter("id > 0").WithConsistencyLevel(entity.ClStrong)))
}

func (a application) end() {
	check(a.client.RenameCollection(a.ctx, milvusclient.NewRenameCollectionOption("people", "persons")))
	fmt.Println("collections", sorted(must(a.client.ListCollections(a.ctx, milvusclient.NewListCollectionOption()))))
	check(a.client.ReleaseCollection(a.ctx, milvusclient.NewReleaseCollectionOption("films")))
	_, err := a.client.Query(a.ctx, newQuery("films").WithFilter("id > 0").WithLimit(1))
	failed(err)
	check(a.client.DropIndex(a.ctx, milvusclient.NewDropIndexOption("films", "words_index")))
	fmt.Println("indexes", sorted(must(a.client.ListIndexes(a.ctx, milvusclient.NewListIndexOption("films")))))
	failed(a.client.CreateDatabase(a.ctx, milvusclient.NewCreateDatabaseOption("1st")))
	failed(a.client.DropDatabase(a.ctx, milvusclient.NewDropDatabaseOption("archive")))
	for _, name := range []string{"films", "persons"} {
		check(a.client.DropCollection(a.ctx, milvusclient.NewDropCollectionOption(name)))
	}
	fmt.Println("has films", must(a.client.HasCollection(a.ctx, milvusclient.NewHasCollectionOption("films"))))
	check(a.client.UseDatabase(a.ctx, milvusclient.NewUseDatabaseOption("default")))
	check(a.client.DropDatabase(a.ctx, milvusclient.NewDropDatabaseOption("archive")))
	fmt.Println("databases", sorted(must(a.client.ListDatabase(a.ctx, milvusclient.NewListDatabaseOption()))))
}

func (a application) described() {
	found := must(a.client.DescribeCollection(a.ctx, milvusclient.NewDescribeCollectionOption("films")))
	names := []string{}
	for _, field := range found.Schema.Fields {
		names = append(names, field.Name+":"+typeName(field.DataType))
	}
	fmt.Println("fields", strings.Join(names, " "))
	ttl, there := found.Properties["collection.ttl.seconds"]
	if !there {
		ttl = "none"
	}
	fmt.Println("ttl", ttl)
}

func (a application) state() {
	found := must(a.client.GetLoadState(a.ctx, milvusclient.NewGetLoadStateOption("films")))
	fmt.Println("loaded", found.State == entity.LoadStateLoaded)
}

func (a application) ids(question milvusclient.QueryOption) string {
	found := must(a.client.Query(a.ctx, question))
	ids := []string{}
	for _, row := range rowsInOrder(found) {
		ids = append(ids, shown(found.GetColumn("id"), row))
	}
	return strings.Join(ids, " ")
}

func (a application) search(name string, question milvusclient.SearchOption) {
	printHits(name, must(a.client.Search(a.ctx, question))[0])
}

func typeName(dataType entity.FieldType) string {
	if dataType == entity.FieldTypeSparseVector {
		return "SparseFloatVector"
	}
	return dataType.Name()
}

func rowsInOrder(found milvusclient.ResultSet) []int {
	ids := found.GetColumn("id")
	rows := make([]int, found.ResultCount)
	for row := range rows {
		rows[row] = row
	}
	sort.Slice(rows, func(i, j int) bool { return must(ids.GetAsInt64(rows[i])) < must(ids.GetAsInt64(rows[j])) })
	return rows
}

// shown gives text as it is, null as null, the rest as JavaScript writes it.
func shown(values column.Column, row int) string {
	if must(values.IsNull(row)) {
		return "null"
	}
	if dynamic, is := values.(*column.ColumnDynamic); is {
		return must(dynamic.GetAsString(row))
	}
	switch value := must(values.Get(row)).(type) {
	case string:
		return value
	case []byte:
		return string(value)
	case []string:
		return string(must(json.Marshal(value)))
	default:
		return fmt.Sprint(value)
	}
}

func printHits(name string, hits milvusclient.ResultSet) {
	pairs := []string{}
	for row := range hits.ResultCount {
		pairs = append(pairs, shown(hits.IDs, row)+" "+strconv.FormatFloat(float64(hits.Scores[row]), 'f', 6, 64))
	}
	fmt.Printf("%s: %s\n", name, strings.Join(pairs, ", "))
}

func printBatches(name string, next func() (milvusclient.ResultSet, error)) {
	for {
		batch, err := next()
		if errors.Is(err, io.EOF) {
			return
		}
		check(err)
		fmt.Print(name)
		ids := batch.IDs
		if ids == nil {
			ids = batch.GetColumn("id")
		}
		for row := range batch.ResultCount {
			fmt.Print(" ", shown(ids, row))
		}
		fmt.Println()
	}
}

// failed prints what the server says of a call that must fail.
func failed(err error) {
	if err == nil {
		fmt.Println("error 0 nothing")
		return
	}
	fmt.Println("error", merr.Code(err), err)
}

func sorted(names []string) string {
	sort.Strings(names)
	return strings.Join(names, " ")
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	// The SDK tells of each retry where the program prints its lines.
	log.SetLevel(zapcore.FatalLevel)
	var connection struct{ Address, Token, CaFile string }
	check(json.Unmarshal([]byte(os.Args[1]), &connection))
	config := &milvusclient.ClientConfig{Address: connection.Address, APIKey: connection.Token}
	if connection.CaFile != "" {
		config.Address = "https://" + connection.Address
	}
	ctx := context.Background()
	client := must(milvusclient.New(ctx, config))
	defer client.Close(ctx)
	a := application{ctx, client}
	for _, part := range []func(){a.databases, a.films, a.questions, a.searches, a.iterators, a.changes, a.partitions, a.end} {
		part()
	}
}
